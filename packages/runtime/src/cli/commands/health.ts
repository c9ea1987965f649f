import { defineCommand, sharedOptions, UsageError } from '../command.ts'
import { askHealth, healthMistake, healthOptions } from '../health/ask-health.ts'
import { findHealthFacts } from '../health/find-health-facts.ts'

export const command = defineCommand({
  description: `Asks the running app whether it is alive, on the port that its config says. Exit code 0 when it answers 200, 1 when not, and
2 when the command was not understood.

An app that \`freeda build\` made has the same as dist/health.js, for the HEALTHCHECK of an image.`,
  options: {
    config: sharedOptions.config,
    ready: { ...healthOptions.ready, summary: 'ask whether it can serve, with all that it depends on' },
    port: { ...healthOptions.port, value: 'PORT', summary: 'ask this port instead of the configured one' },
    timeout: {
      ...healthOptions.timeout,
      value: 'MS',
      summary: 'how long to wait for the answer; default 3000',
    },
  },
  envFile: 'refused',
  examples: ['freeda health', 'freeda health --ready --timeout 1000'],
  async run({ options, terminal }) {
    const mistake = healthMistake(options)
    if (mistake !== undefined) throw new UsageError(mistake)
    const { ok, text } = await askHealth(await findHealthFacts(options.config), options)
    terminal[ok ? 'out' : 'err'].write(`${text}\n`)
    return ok ? 0 : 1
  },
})
