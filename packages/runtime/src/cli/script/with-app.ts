/** Ctrl-C and SIGTERM while an app is open: work gets the chance to end, and the app is stopped. */
import type { OpenApp } from '../../open-app.ts'

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

export interface Interruption {
  /** Aborts at the first signal; a second one ends the process at once. */
  readonly signal: AbortSignal
  /** Exit code of the signal that came, if one did. */
  code(): number | undefined
  release(): void
}

export function watchSignals(
  signals: readonly (keyof typeof exitCodes)[] = ['SIGINT', 'SIGTERM'],
): Interruption {
  const controller = new AbortController()
  let code: number | undefined
  const listeners = signals.map((name) => {
    const listener = () => {
      if (code !== undefined) process.exit(code)
      code = exitCodes[name]
      controller.abort(new Error(`The process got ${name}.`))
    }
    process.on(name, listener)
    return () => process.off(name, listener)
  })
  return {
    signal: controller.signal,
    code: () => code,
    release: () => listeners.forEach((remove) => remove()),
  }
}

/** Does something with an app, and stops the app whatever comes of it. */
export async function withApp<T>(app: OpenApp, use: () => Promise<T>): Promise<T> {
  let result: T
  try {
    result = await use()
  } catch (error) {
    // What did not stop cleanly is in the log; why the work failed matters more.
    await app.stop().catch(() => undefined)
    throw error
  }
  await app.stop()
  return result
}
