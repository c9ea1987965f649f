import { createHash, timingSafeEqual } from 'node:crypto'
import { FreedaError, type AuthScheme } from '@freeda/runtime'
import { staffScope } from './contract.ts'

/** Recognises whoever sends this token as staff. */
export function sharedToken(token: string): AuthScheme {
  const expected = digest(token)
  return {
    name: 'staff',
    openapi: { type: 'http', scheme: 'bearer', description: 'The token that the staff shares.' },
    challenge: 'Bearer realm="staff"',
    async authenticate({ headers }) {
      const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
      if (given === undefined) return undefined
      if (!timingSafeEqual(digest(given), expected))
        throw new FreedaError('FREEDA_UNAUTHENTICATED', { reason: 'This is not the staff token.' })
      return { id: 'staff', scopes: [staffScope], claims: {} }
    },
  }
}

/** Digests have one length, so that comparing them tells nothing of the token, not even how long it is. */
const digest = (text: string) => createHash('sha256').update(text).digest()
