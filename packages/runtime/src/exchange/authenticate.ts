/** Who is calling, and may they: the part of authentication that every request to a guarded route goes through. */
import type { AuthScheme, Credentials, Principal } from '../auth.ts'
import { FreedaError, isFreedaError } from '../errors.ts'

/** A security with its schemes found. */
export interface Requirement {
  /** Whether callers without credentials may pass. */
  readonly optional: boolean
  /** Any of these. */
  readonly schemes: readonly AuthScheme[]
  /** All of these. */
  readonly scopes: readonly string[]
}

/**
 * Asks every scheme, so that wrong credentials are refused also beside good ones; the first that knows the caller says
 * who it is. Nothing is kept for the next request.
 * @throws FREEDA_UNAUTHENTICATED, FREEDA_FORBIDDEN, or what a scheme throws when it cannot tell
 */
export async function authenticate(
  credentials: Credentials,
  { optional, schemes, scopes }: Requirement,
): Promise<Principal | undefined> {
  let principal: Principal | undefined
  for (const scheme of schemes) {
    const found = await ask(scheme, credentials, schemes)
    if (found !== undefined) principal ??= found
  }
  if (principal === undefined) {
    if (optional) return undefined
    throw new FreedaError('FREEDA_UNAUTHENTICATED', {
      reason: 'This needs credentials, and the request has none.',
      challenges: schemes.map((scheme) => scheme.challenge),
    })
  }
  const missing = lacking(scopes, principal.scopes)
  if (missing !== undefined) throw new FreedaError('FREEDA_FORBIDDEN', { missing })
  return principal
}

async function ask(
  scheme: AuthScheme,
  credentials: Credentials,
  schemes: readonly AuthScheme[],
): Promise<Principal | undefined> {
  try {
    const found = await scheme.authenticate(credentials)
    return found === undefined ? undefined : principalFrom(found, scheme.name)
  } catch (error) {
    if (!isFreedaError(error, 'FREEDA_UNAUTHENTICATED')) throw error
    const { reason, challenges: own } = error.data
    // A 401 must say how to do better, whoever throws it (RFC 9110, 15.5.2).
    const challenges = schemes.flatMap((one) => (one === scheme && own !== undefined ? own : one.challenge))
    throw new FreedaError('FREEDA_UNAUTHENTICATED', { reason, challenges }, { cause: error })
  }
}

/** A provider's mistake must not let anybody in: `null`, a promise or an object without an id is nobody. */
function principalFrom(found: Omit<Principal, 'scheme'>, scheme: string): Principal {
  const { id, scopes, claims } = (found ?? {}) as Partial<Principal>
  if (typeof id !== 'string' || id === '' || !Array.isArray(scopes))
    throw new TypeError(`The authentication scheme "${scheme}" gave a principal without an id or scopes.`)
  return { id, scheme, scopes: scopes as readonly string[], claims: claims ?? {} }
}

function lacking(wanted: readonly string[], had: readonly string[]): string[] | undefined {
  let missing: string[] | undefined
  for (const scope of wanted) if (!had.includes(scope)) (missing ??= []).push(scope)
  return missing
}
