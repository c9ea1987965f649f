/** The tokens that Conduit's clients send: JWTs signed by this app. */
import { errors, jwtVerify, SignJWT } from 'jose'

export interface Tokens {
  issue(userId: string): Promise<string>
  /** Whose token it is; `undefined` when it is none of ours, or no longer. */
  subject(token: string): Promise<string | undefined>
}

export interface TokenOptions {
  /** At least as long as the hash: 32 bytes (RFC 7518, 3.2). */
  readonly secret: string
  readonly lifetimeDays: number
}

const issuer = 'conduit'
const algorithm = 'HS256'

export function tokens({ secret, lifetimeDays }: TokenOptions): Tokens {
  const key = new TextEncoder().encode(secret)
  return {
    issue: (userId) =>
      new SignJWT()
        .setProtectedHeader({ alg: algorithm })
        .setIssuer(issuer)
        .setSubject(userId)
        .setIssuedAt()
        .setExpirationTime(`${lifetimeDays} days`)
        .sign(key),

    async subject(token) {
      try {
        // The algorithm is ours to say, not the token's: `none` and friends are no signatures (RFC 8725, 3.1).
        const options = { issuer, algorithms: [algorithm], requiredClaims: ['exp', 'sub'] }
        return (await jwtVerify(token, key, options)).payload.sub
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}
