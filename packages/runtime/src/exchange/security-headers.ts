/**
 * Headers that make an answer harmless in a browser, as names and values in turn. Like helmet's defaults, for an API:
 * nothing that is answered may run, be framed or be embedded elsewhere. A handler overrides each by `ctx.set` or
 * `ctx.remove`, e.g. the policy of a page of HTML.
 * Source: OWASP REST Security Cheat Sheet, "Security Headers".
 */
const block: readonly string[] = [
  'Content-Security-Policy',
  "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy',
  'same-origin',
  'Cross-Origin-Resource-Policy',
  'same-origin',
  'Referrer-Policy',
  'no-referrer',
  'X-Content-Type-Options',
  'nosniff',
  'X-Frame-Options',
  'DENY',
]

/** Only in production: on a laptop it would bar every other project on `localhost` from plain HTTP for a year. */
const strictTransport = ['Strict-Transport-Security', 'max-age=31536000; includeSubDomains']

export const securityHeaders = (production: boolean): readonly string[] =>
  production ? [...block, ...strictTransport] : block
