/** Checks one token: signature, times, issuer, audience; and reads who it is for. */
import { FreedaError, isFreedaError, type Principal } from '@freeda/runtime'
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose'
import type { KeyObject } from 'node:crypto'

export interface VerifyOptions {
  readonly key: KeyObject | JWTVerifyGetKey
  readonly jwt: JWTVerifyOptions
  readonly scopesClaim: string
  /** For `WWW-Authenticate`, e.g. `Bearer`. */
  readonly challenge: string
  /** Told of what is neither the client's fault nor the issuer's. Never gets the token. */
  readonly unexpected: (error: unknown) => void
}

/** Three parts of base64url: anything else is not worth a look. */
const compact = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** @throws FREEDA_UNAUTHENTICATED, FREEDA_AUTH_UNAVAILABLE */
export async function verifyToken(token: string, options: VerifyOptions): Promise<Omit<Principal, 'scheme'>> {
  const refuse = (reason: string, cause?: unknown) =>
    new FreedaError(
      'FREEDA_UNAUTHENTICATED',
      { reason, challenges: [`${options.challenge} error="invalid_token"`] },
      { cause },
    )
  if (!compact.test(token)) throw refuse('The token is malformed.')
  try {
    const payload = await verify(token, options)
    const { sub } = payload
    if (typeof sub !== 'string' || sub === '') throw refuse('The token does not say whose it is.')
    return { id: sub, scopes: scopesOf(payload[options.scopesClaim]), claims: payload }
  } catch (error) {
    if (isFreedaError(error)) throw error
    if (!(error instanceof errors.JOSEError)) options.unexpected(error)
    throw refuse(reasonFor(error), error)
  }
}

async function verify(token: string, { key, jwt }: VerifyOptions): Promise<JWTPayload> {
  try {
    // Two calls, as jose's types want it.
    const verified =
      typeof key === 'function' ? await jwtVerify(token, key, jwt) : await jwtVerify(token, key, jwt)
    return verified.payload
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    // A token without `kid`, while the issuer has several keys, as during a rotation.
    for await (const candidate of error) {
      try {
        return (await jwtVerify(token, candidate, jwt)).payload
      } catch (wrong) {
        if (!(wrong instanceof errors.JWSSignatureVerificationFailed)) throw wrong
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** What helps an honest client. */
function reasonFor(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.'
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The token is not valid here: see its "${error.claim}".`
  return 'The token is not valid.'
}

/** RFC 8693, 4.2: words with spaces between; many issuers write a list. */
function scopesOf(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((scope) => scope !== '')
  return Array.isArray(claim) ? claim.filter((scope) => typeof scope === 'string') : []
}
