/** Signals and last resorts of a process that is one app. */
import type { Logger } from 'pino'

interface Stoppable {
  readonly log: Logger
  stop(): Promise<void>
}

const exitCodeOfSignal = { SIGINT: 130, SIGTERM: 143 } as const
type StopSignal = keyof typeof exitCodeOfSignal
const stopSignals: readonly StopSignal[] = ['SIGTERM', 'SIGINT']

export interface StartingSignals {
  /** The signal that came meanwhile, if any. */
  readonly asked: StopSignal | undefined
  end(): void
}

/**
 * Signals that come before the app can be stopped. Without this the first process of a container never hears of them: the
 * system keeps signals from it that it does not handle. A second one ends the process at once.
 */
export function signalsWhileStarting(
  log: Logger,
  signals: readonly StopSignal[] = stopSignals,
): StartingSignals {
  let asked: StopSignal | undefined
  const onSignal = (signal: StopSignal) => {
    if (asked !== undefined) process.exit(exitCodeOfSignal[signal])
    asked = signal
    log.info({ signal }, 'stopping, once the plugins that are set up now can be stopped')
  }
  for (const signal of signals) process.on(signal, onSignal)
  return {
    get asked() {
      return asked
    },
    end() {
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}

/**
 * The signals stop the app and end the process: code 0, or 1 when it did not stop cleanly; a second signal ends
 * it at once. An error that nobody caught stops the app too, with code 1: its state can no longer be trusted.
 */
export function handleSignals({ log, stop }: Stoppable, signals: readonly StopSignal[] = stopSignals): void {
  let stopping = false

  async function stopThenExit(code: number): Promise<void> {
    stopping = true
    const failed = await stop().then(
      () => false,
      () => true, // Logged by the stop itself.
    )
    log.flush?.()
    process.exit(failed ? 1 : code)
  }

  for (const signal of signals)
    process.on(signal, () => {
      if (stopping) {
        log.warn({ signal }, 'second signal: exiting at once')
        process.exit(exitCodeOfSignal[signal])
      }
      log.info({ signal }, 'stopping')
      void stopThenExit(0)
    })

  const lastResort = (what: string) => (error: unknown) => {
    log.fatal({ err: error }, what)
    if (!stopping) void stopThenExit(1)
  }
  process.on('uncaughtException', lastResort('uncaught exception'))
  process.on('unhandledRejection', lastResort('unhandled rejection'))
}
