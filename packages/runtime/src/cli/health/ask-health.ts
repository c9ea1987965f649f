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
/** Of timers. Source: https://nodejs.org/api/timers.html */
const longestTimeoutMs = 2 ** 31 - 1

/** What is wrong with the options; undefined when nothing is. */
export function healthMistake({ port, timeout }: HealthQuestion): string | undefined {
  if (port !== undefined && !isWhole(port, 65_535)) return `--port is "${port}"; expected a port, 1 to 65535.`
  if (timeout !== undefined && !isWhole(timeout, longestTimeoutMs))
    return `--timeout is "${timeout}"; expected milliseconds, from 1.`
  return undefined
}

const isWhole = (text: string, most: number): boolean => /^[1-9]\d*$/.test(text) && Number(text) <= most

/** @returns one line on what was found, and whether the app is well */
export async function askHealth(
  facts: HealthFacts,
  { ready = false, port, timeout }: HealthQuestion,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const mistake = healthMistake({ port, timeout })
  if (mistake !== undefined) return { ok: false, text: mistake }
  const timeoutMs = timeout === undefined ? defaultTimeoutMs : Number(timeout)
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
