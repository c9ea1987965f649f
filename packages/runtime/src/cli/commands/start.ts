import { UsageError, defineCommand, sharedOptions } from '../command.ts'

export const command = defineCommand({
  description: `Starts the app. SIGTERM and SIGINT drain it and stop it; a second one ends it at once.

In production (NODE_ENV=production) it starts what \`freeda build\` made, when there is a dist beside the config, and says so;
otherwise from the sources.`,
  options: {
    config: sharedOptions.config,
    built: { type: 'boolean', summary: 'start what `freeda build` made, in any mode' },
    source: { type: 'boolean', summary: 'start from the sources, also in production' },
  },
  examples: [
    'freeda start',
    'PORT=8080 NODE_ENV=production freeda start --config apps/desk/freeda.config.ts',
  ],
  async run({ options: { config: file, built = false, source = false }, terminal }) {
    if (built && source) throw new UsageError('Say --built or --source, not both.')
    const wanted = built || (process.env['NODE_ENV'] === 'production' && !source)
    if (wanted) {
      const { startBuild } = await import('../build/start-build.ts')
      if (await startBuild({ file, isDemanded: built }, terminal)) return
    }
    const { start } = await import('../../start.ts')
    await start(file === undefined ? {} : { file })
  },
})
