/** Runs long work with its progress on stderr; Ctrl-C ends it in order, a second one at once. */
import { isFreedaError, reasonOf, type FreedaError } from '../../errors.ts'
import { isRefusal, type Watch } from '../../migrate-app.ts'
import type { Terminal } from '../terminal.ts'
import { writeProblems } from '../write-problems.ts'
import { progress } from './progress.ts'

/** Beside 0 done, 1 failed, 2 not understood. */
export const exitCodes = { refused: 3, unverified: 4, interrupted: 5 } as const

const signals = ['SIGINT', 'SIGTERM'] as const
const exitCodeOfSignal = { SIGINT: 130, SIGTERM: 143 } as const

export async function withProgress(
  terminal: Terminal,
  work: (watch: Watch) => Promise<number>,
): Promise<number> {
  const { err, paint } = terminal
  const controller = new AbortController()
  const isLive = err.isTTY === true && !('CI' in process.env) && process.env['TERM'] !== 'dumb'
  const watch = progress({ output: err, isLive, paint, signal: controller.signal })
  const interrupt = (signal: (typeof signals)[number]) => {
    if (controller.signal.aborted) process.exit(exitCodeOfSignal[signal])
    err.write(`${isLive ? '\r\u001b[K' : ''}Stopping in order; once more stops at once.\n`)
    controller.abort()
  }
  for (const signal of signals) process.on(signal, interrupt)
  try {
    return await work(watch)
  } catch (error) {
    if (isLive) err.write('\r\u001b[K')
    if (controller.signal.aborted) return exitCodes.interrupted
    if (!isFreedaError(error)) throw error
    const isRefused = isRefusal(error)
    writeFailure(terminal, isRefused ? 'Refused' : 'Failed', error)
    return isRefused ? exitCodes.refused : 1
  } finally {
    for (const signal of signals) process.off(signal, interrupt)
  }
}

/** Whatever is thrown was thrown before anything was written; later failures are in the report. */
function writeFailure(terminal: Terminal, how: string, error: FreedaError): void {
  const title = `${how}; nothing was written: [${error.code}]`
  if ('problems' in error.data && error.data.problems.length > 0)
    return writeProblems(terminal, title, error.data.problems)
  terminal.err.write(`${terminal.paint('red', title, terminal.err)}\n  ${reasonOf(error)}\n`)
}
