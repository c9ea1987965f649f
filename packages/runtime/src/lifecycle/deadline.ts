/**
 * Runs `task` for at most `timeoutMs`. Its signal aborts then; a task that does not listen is left behind, and what
 * becomes of it is swallowed.
 * @throws what `task` throws, or `timeout()` when time is up
 */
export async function withDeadline<T>(
  task: (signal: AbortSignal) => T | Promise<T>,
  timeoutMs: number,
  timeout: () => Error,
): Promise<T> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = timeout()
      reject(error)
      controller.abort(error)
    }, timeoutMs)
  })
  try {
    return await Promise.race([run(task, controller.signal), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Makes a synchronous throw a rejection, so that both end in the same place. */
const run = async <T>(task: (signal: AbortSignal) => T | Promise<T>, signal: AbortSignal): Promise<T> =>
  task(signal)
