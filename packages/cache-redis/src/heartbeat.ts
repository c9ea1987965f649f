/**
 * Asks a connection every few seconds whether it is alive. The client's own time limit for a silent socket begins anew with
 * each command that is written, so that an app which goes on asking would never learn that nobody is there any more.
 */
export interface Heartbeat {
  /** From now on it has to answer. */
  start(): void
  stop(): void
}

/** How often it is asked, and how long it may take. */
export const beatMs = 5_000

/** @param onSilence told once after each start */
export function heartbeat(ping: () => Promise<unknown>, onSilence: (reason: Error) => void): Heartbeat {
  let timer: NodeJS.Timeout | undefined

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  return {
    start() {
      stop()
      let isAnswered = true
      const started = setInterval(() => {
        if (!isAnswered) {
          stop()
          return onSilence(new Error(`no answer within ${beatMs} ms`))
        }
        isAnswered = false
        // What fails is known to whoever holds the connection.
        ping().then(
          () => (isAnswered = true),
          () => undefined,
        )
      }, beatMs)
      timer = started.unref()
    },
    stop,
  }
}
