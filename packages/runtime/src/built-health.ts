/** `@freeda/runtime/built/health`: the `health.js` of a built app. */
import { parseArgs } from 'node:util'
import { askHealth, healthOptions } from './cli/health/ask-health.ts'
import type { HealthFacts } from './cli/health/target.ts'

/** Exit code 0 when the app is well, 1 when it is not or cannot be asked. */
export async function reportHealth(facts: HealthFacts): Promise<void> {
  let result
  try {
    result = await askHealth(facts, parseArgs({ options: healthOptions }).values)
  } catch (error) {
    result = { ok: false, text: (error as Error).message }
  }
  process[result.ok ? 'stdout' : 'stderr'].write(`${result.text}\n`, () => process.exit(result.ok ? 0 : 1))
}
