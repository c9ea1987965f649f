/** What `freeda health` and the `health.js` of a built app have in common. Imports nothing of the engine. */
import { probe } from './probe.ts'
import { healthTarget, type HealthFacts } from './target.ts'

export interface HealthQuestion {
  readonly ready?: boolean | undefined
  readonly port?: string | undefined
  readonly timeout?: string | undefined
}

export const healthOptions = {
  ready: { type: 'boolean' },
  port: { type: 'string' },
  timeout: { type: 'string' },
} as const

const defaultTimeoutMs = 3_000

/** @returns one line on what was found, and whether the app is well */
export async function askHealth(
  facts: HealthFacts,
  { ready = false, port, timeout }: HealthQuestion,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const timeoutMs = timeout === undefined ? defaultTimeoutMs : Number(timeout)
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1)
    return { ok: false, text: `--timeout is "${timeout}"; expected milliseconds.` }
  try {
    const target = healthTarget(facts, process.env, {
      ready,
      port: port === undefined ? undefined : Number(port),
    })
    return await probe(target, timeoutMs)
  } catch (error) {
    return { ok: false, text: (error as Error).message }
  }
}
