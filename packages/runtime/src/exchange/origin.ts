/**
 * Which pages may open a WebSocket. Browsers let every page connect anywhere, with the user's cookies, and no CORS
 * between: the server must look at `Origin` itself (RFC 6455, 10.2). What is no browser sends none.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { CorsConfig } from '../http.ts'

export function mayConnect(
  { origin, host, cookie, authorization }: IncomingHttpHeaders,
  allowed: '*' | readonly string[] | undefined,
  cors: CorsConfig | false,
): boolean {
  if (origin === undefined) return true
  if (allowed !== undefined) return allowed === '*' || allowed.includes(origin)
  if (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()) return true
  if (cors === false) return false
  // `'*'` of CORS means everybody without credentials, and so it does here.
  return cors.origins === '*'
    ? cookie === undefined && authorization === undefined
    : cors.origins.includes(origin)
}
