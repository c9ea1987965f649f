/** Asks a running app for its health, for HEALTHCHECK: it must cost next to nothing, as it runs every few seconds. */
import type { HealthTarget } from './target.ts'

// Not by `import`: that makes Node load all that node:http has, fetch and WebSocket too, which takes longer than all the rest.
const { request } = process.getBuiltinModule('node:http')

export interface ProbeResult {
  readonly ok: boolean
  /** One line on what was found. */
  readonly text: string
}

/** Never throws: whatever is not an answer of 200 within the time is a result that is not ok. */
export function probe({ host, port, path }: HealthTarget, timeoutMs: number): Promise<ProbeResult> {
  const place = `http://${host.includes(':') ? `[${host}]` : host}:${port}${path}`
  return new Promise((resolve) => {
    const done = (ok: boolean, text: string) => resolve({ ok, text: `${place} ${text}` })
    const outgoing = request(
      { host, port, path, agent: false, signal: AbortSignal.timeout(timeoutMs) },
      ({ statusCode = 0 }) => {
        done(
          statusCode === 200,
          `answered ${statusCode}${statusCode === 404 ? '; does the app have health()?' : ''}`,
        )
        outgoing.destroy()
      },
    )
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      done(
        false,
        error.name === 'AbortError'
          ? `did not answer within ${timeoutMs} ms`
          : `cannot be reached (${error.code ?? error.message})`,
      ),
    )
    outgoing.end()
  })
}
