/** Work with an app that is open. Ctrl-C and SIGTERM give it the chance to end, and the app is stopped. */
import type { OpenApp } from '../../open-app.ts'

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

interface Interruption {
  /** Aborts at the first signal; a second one ends the process at once. */
  readonly signal: AbortSignal
  /** Exit code of the signal that came, if one did. */
  code(): number | undefined
  release(): void
}

function watchSignals(): Interruption {
  const controller = new AbortController()
  let code: number | undefined
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((name) => {
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

/** What became of the work: what it gave, or the exit code of the signal that came meanwhile. */
export type Outcome<T> =
  | { readonly interrupted: false; readonly result: T }
  | { readonly interrupted: true; readonly code: number; readonly result?: T | undefined }

/**
 * Opens an app, does something with it, and stops it whatever comes of that. Signals count from the beginning: after one that
 * came while the app was set up, the work is not begun.
 * @throws what opening, the work and stopping throw; but nothing after a signal, once the app was open
 */
export async function withApp<T>(
  open: () => Promise<OpenApp>,
  use: (app: OpenApp, signal: AbortSignal) => Promise<T>,
): Promise<Outcome<T>> {
  const interruption = watchSignals()
  // A promise alone does not keep Node running: work may wait for nothing but its signal.
  const alive = setInterval(() => {}, 2 ** 31 - 1)
  try {
    const app = await open()
    try {
      const result = await useAndStop(app, interruption.signal, use)
      const code = interruption.code()
      return code === undefined
        ? { interrupted: false, result: result! }
        : { interrupted: true, code, result }
    } catch (error) {
      const code = interruption.code()
      if (code === undefined) throw error
      return { interrupted: true, code }
    }
  } finally {
    clearInterval(alive)
    interruption.release()
  }
}

async function useAndStop<T>(
  app: OpenApp,
  signal: AbortSignal,
  use: (app: OpenApp, signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  let result: T | undefined
  try {
    if (!signal.aborted) result = await use(app, signal)
  } catch (error) {
    // What did not stop cleanly is in the log; why the work failed matters more.
    await app.stop().catch(() => undefined)
    throw error
  }
  await app.stop()
  return result
}
