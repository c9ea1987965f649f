import { describeApp } from '../../describe-app.ts'
import { defineCommand, sharedOptions } from '../command.ts'

export const command = defineCommand({
  description: `Prints the OpenAPI document of the app's routes. For that the plugins are set up, started and stopped again, with the
variables that they need; nothing listens.`,
  options: { config: sharedOptions.config },
  examples: ['freeda openapi > openapi.json'],
  async run({ options, terminal }) {
    const document = await describeApp(options.config === undefined ? {} : { file: options.config })
    terminal.json(document)
    // A plugin may have forgotten a timer.
    return 0
  },
})
