import { createHash, timingSafeEqual } from 'node:crypto'
import { httpProblem } from '@freeda/runtime'
import type { StaffOnly } from './contract.ts'

/** Lets requests pass that carry this token. */
export function requireBearer(token: string): StaffOnly {
  const expected = digest(token)
  return async (ctx, next) => {
    const given = /^Bearer +(\S+)$/i.exec(ctx.get('authorization'))?.[1]
    if (given === undefined || !timingSafeEqual(digest(given), expected))
      throw httpProblem(401, {
        code: 'staff_only',
        detail: 'Send the staff token as `Authorization: Bearer <token>`.',
        headers: { 'www-authenticate': 'Bearer realm="staff"' },
      })
    await next()
  }
}

/** Digests have one length, so that comparing them tells nothing of the token, not even how long it is. */
const digest = (text: string) => createHash('sha256').update(text).digest()
