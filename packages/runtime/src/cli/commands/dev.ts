import { defineCommand, sharedOptions } from '../command.ts'

export const command = defineCommand({
  description: `Runs the app while you change it: each save of the config, of a module that the app loaded, or of .env restarts it. A version
that does not load, or whose setup fails, leaves the last good one running. .env adds to the environment; what is set
there wins. Ctrl-C stops it; a second one ends it at once.`,
  options: { config: sharedOptions.config },
  examples: ['freeda dev', 'PORT=8080 freeda dev --config apps/desk/freeda.config.ts'],
  async run({ options, terminal }) {
    const { devApp } = await import('../dev/dev-app.ts')
    return devApp({ cwd: process.cwd(), file: options.config, terminal })
  },
})
