import { randomBytes } from 'node:crypto'

/** Harmless in a header, in a log line and in a URL; W3C trace ids, UUIDs, ULIDs and AWS ids (`Root=1-…`) fit. */
const wellFormed = /^[A-Za-z0-9._~:+/=-]{1,128}$/

/** Unique among processes by 72 random bits, drawn once: a random number a request would cost a call into OpenSSL. */
const processId = randomBytes(9).toString('base64url').replaceAll('_', '.')
let made = 0

export const makeRequestId = (): string => `${processId}-${(made++).toString(36)}`

/** The client's own id when it is well formed, else a new one. */
export const requestIdFrom = (header: string | string[] | undefined): string =>
  typeof header === 'string' && wellFormed.test(header) ? header : makeRequestId()
