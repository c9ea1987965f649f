/** Changes what is logged while the app runs, for good or for a while. */
import type { Logger } from 'pino'

export interface LogLevel {
  readonly level: string
  /** When the level goes back by itself, and to what. */
  readonly reverts?: { readonly to: string; readonly at: string }
}

export interface LogLevelControl {
  readonly current: LogLevel
  /** Changes the level of the app's logger and of all that were made from it and have no level of their own. */
  set(level: string, forMs?: number): LogLevel
  /** Forgets what was to be reverted. */
  close(): void
}

/**
 * A child logger of pino has no level of its own unless it is given one: it inherits its parent's methods, so a change
 * reaches plugins' loggers and those of requests under way. A test holds pino to that.
 */
export function logLevelControl(log: Logger): LogLevelControl {
  let revert: { readonly to: string; readonly at: string; readonly timer: NodeJS.Timeout } | undefined

  const current = (): LogLevel => ({
    level: log.level,
    ...(revert === undefined ? {} : { reverts: { to: revert.to, at: revert.at } }),
  })

  /** Told at the more talkative of both levels: somebody will look for it. */
  function change(to: string, forMs?: number): void {
    const tell = (from: string) => log.warn({ from, to, forMs }, 'log level changed')
    const from = log.level
    const told = log.isLevelEnabled('warn')
    if (told) tell(from)
    log.level = to
    if (!told) tell(from)
  }

  return {
    get current() {
      return current()
    },
    set(level, forMs) {
      // Two changes for a while go back to what was before the first.
      const to = revert?.to ?? log.level
      clearTimeout(revert?.timer)
      revert = undefined
      if (forMs !== undefined) {
        const timer = setTimeout(() => {
          revert = undefined
          change(to)
        }, forMs)
        timer.unref()
        revert = { to, at: new Date(Date.now() + forMs).toISOString(), timer }
      }
      change(level, forMs)
      return current()
    },
    close: () => clearTimeout(revert?.timer),
  }
}
