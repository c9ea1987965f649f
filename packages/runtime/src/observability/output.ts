/** Where log lines go in production. */
import { pino, type DestinationStream } from 'pino'

const flushAfterMs = 100
const flushAtBytes = 16_384
/** pino's number of `error`. */
const errorLevel = 50

/**
 * Lines for `fd` in batches: a system call a line costs more than making the line. Nothing waits longer than 100 ms,
 * and an error, with what came before it, is out at once, as is everything when the process exits or crashes. Only what kills a
 * process without a last word (SIGKILL) can take the lines of the last 100 ms along.
 */
export function batchedOutput(fd: number): DestinationStream {
  const output = pino.destination({ fd, sync: true })
  let pending = ''
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    const lines = pending
    pending = ''
    if (lines !== '') output.write(lines)
  }

  process.on('exit', flush)
  return {
    // Makes pino say the level of each line. Source: pino, docs/api.md, "pino.symbols".
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    flush(done?: () => void) {
      flush()
      done?.()
    },
    write(line: string) {
      pending += line
      if (this.lastLevel >= errorLevel || pending.length >= flushAtBytes) return flush()
      if (timer === undefined) {
        timer = setTimeout(flush, flushAfterMs)
        timer.unref()
      }
    },
  } as DestinationStream & { lastLevel: number }
}
