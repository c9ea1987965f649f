import { start } from '../../start.ts'
import { defineCommand, sharedOptions } from '../command.ts'

export const command = defineCommand({
  description: 'Starts the app. SIGTERM and SIGINT drain it and stop it; a second one ends it at once.',
  options: { config: sharedOptions.config },
  examples: [
    'freeda start',
    'PORT=8080 NODE_ENV=production freeda start --config apps/desk/freeda.config.ts',
  ],
  async run({ options }) {
    await start(options.config === undefined ? {} : { file: options.config })
  },
})
