/** Who is looking. */
import type { Principal } from '@freeda/runtime'
import { refuse } from './errors/refuse.ts'

/**
 * The id of the account that calls.
 * @throws a 401 when nobody is logged in
 */
export function viewerOf(principal: Principal | undefined): string {
  if (principal === undefined) throw refuse(401, { token: ['is missing'] })
  return principal.id
}
