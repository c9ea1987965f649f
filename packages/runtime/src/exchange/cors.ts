/** Cross-origin requests, by the Fetch standard. Own code: @koa/cors is asynchronous middleware with closures a request. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CorsConfig } from '../http.ts'

export interface Cors {
  /** Puts CORS headers on an answer when the origin may read it. */
  setHeaders(req: IncomingMessage, res: ServerResponse): void
  /** Answers a preflight of an allowed origin; `false` when it is something else. */
  preflight(req: IncomingMessage, res: ServerResponse): boolean
}

/** What Freeda's own answers tell in headers. */
const alwaysExposed = ['ETag', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id']
const defaultMethods = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE']

export function createCors(options: CorsConfig): Cors {
  const anyOrigin = options.origins === '*'
  const origins: ReadonlySet<string> = new Set(options.origins === '*' ? [] : options.origins)
  // Browsers refuse `*` with credentials, and reflecting every origin would give each page the user's cookies.
  const credentials = options.credentials === true && !anyOrigin
  const exposed = [...new Set([...alwaysExposed, ...(options.exposedHeaders ?? [])])].join(', ')
  const methods = (options.methods ?? defaultMethods).join(', ')
  const headers = options.headers?.join(', ')
  const maxAge = String(options.maxAgeSeconds ?? 600)

  const allows = (origin: string | undefined): origin is string =>
    origin !== undefined && (anyOrigin || origins.has(origin))

  function setHeaders(req: IncomingMessage, res: ServerResponse): void {
    const { origin } = req.headers
    // Also without an Origin: what a cache keeps must not go to a page of another origin.
    if (!anyOrigin) res.setHeader('Vary', 'Origin')
    if (anyOrigin) res.setHeader('Access-Control-Allow-Origin', '*')
    else if (allows(origin)) res.setHeader('Access-Control-Allow-Origin', origin)
    else return
    if (credentials) res.setHeader('Access-Control-Allow-Credentials', 'true')
    res.setHeader('Access-Control-Expose-Headers', exposed)
  }

  function preflight(req: IncomingMessage, res: ServerResponse): boolean {
    if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) return false
    if (!allows(req.headers.origin)) return false
    const wanted = headers ?? req.headers['access-control-request-headers']
    res.removeHeader('Access-Control-Expose-Headers')
    res.setHeader('Access-Control-Allow-Methods', methods)
    if (wanted !== undefined && wanted !== '') res.setHeader('Access-Control-Allow-Headers', wanted)
    if (headers === undefined)
      res.setHeader(
        'Vary',
        anyOrigin ? 'Access-Control-Request-Headers' : 'Origin, Access-Control-Request-Headers',
      )
    res.setHeader('Access-Control-Max-Age', maxAge)
    res.statusCode = 204
    res.end()
    return true
  }

  return { setHeaders, preflight }
}
