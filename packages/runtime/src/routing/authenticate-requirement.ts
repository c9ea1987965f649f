/** From what plugins and the config say of security to what a request is checked against. Pure; at boot. */
import type { AuthScheme, Lock, Security } from '../auth.ts'
import type { Requirement } from '../exchange/authenticate.ts'

/** The authentication schemes of an app. */
export interface Schemes {
  /** In the order of their registration. */
  readonly all: readonly AuthScheme[]
  find(name: string): AuthScheme | undefined
}

/** Makes {@link Schemes} of a list. */
export const schemesOf = (all: readonly AuthScheme[]): Schemes => ({
  all,
  find: (name) => all.find((scheme) => scheme.name === name),
})

/** What a plugin says of all its routes, and what the config demands of them beside. */
export interface PluginSecurity {
  /** Of the routes that say nothing themselves. */
  readonly default: Security
  /** Must hold for every route, whatever plugin and route say. */
  readonly lock?: Lock | undefined
}

/** One part of a security that cannot be enforced. */
export interface Fault {
  readonly message: string
  readonly fix: string
}

interface Normal {
  readonly optional: boolean
  readonly schemes: readonly string[] | undefined
  readonly scopes: readonly string[]
}

/**
 * The security that holds for a route: what it says, and the lock of the config on top. For documentation of a route too.
 * `undefined` when no scheme could ever satisfy both.
 */
export function effectiveSecurity(security: Security, lock: Lock | undefined): Security | undefined {
  if (lock === undefined) return security
  if (security === 'public' || security === 'optional') return lock
  const [route, demanded] = [normal(security), normal(lock)]
  const schemes =
    route.schemes === undefined || demanded.schemes === undefined
      ? (route.schemes ?? demanded.schemes)
      : route.schemes.filter((name) => demanded.schemes?.includes(name))
  const scopes = [...new Set([...route.scopes, ...demanded.scopes])]
  if (schemes?.length === 0) return undefined
  if (schemes === undefined && scopes.length === 0) return 'authenticated'
  return { ...(schemes === undefined ? {} : { schemes }), ...(scopes.length === 0 ? {} : { scopes }) }
}

/** `undefined` for a public route. */
export function requirementFrom(security: Security, schemes: Schemes): Requirement | undefined | Fault[] {
  if (security === 'public') return undefined
  if (security === 'optional')
    return schemes.all.length === 0 ? undefined : { optional: true, schemes: schemes.all, scopes: [] }
  const { schemes: names, scopes } = normal(security)
  const faults = (names ?? []).filter((name) => schemes.find(name) === undefined).map(unknown(schemes))
  if (names === undefined && schemes.all.length === 0) faults.push(none)
  if (faults.length > 0) return faults
  return { optional: false, schemes: names?.map((name) => schemes.find(name)!) ?? schemes.all, scopes }
}

const normal = (security: Security): Normal =>
  typeof security === 'string'
    ? { optional: security === 'optional', schemes: undefined, scopes: [] }
    : { optional: false, schemes: security.schemes, scopes: security.scopes ?? [] }

const none: Fault = {
  message: 'wants authenticated callers, but no plugin registers an authentication scheme.',
  fix: 'Add one, e.g. apiKeys() or jwt({ … }) from @freeda/auth.',
}

const unknown =
  ({ all }: Schemes) =>
  (name: string): Fault => ({
    message: `names the authentication scheme "${name}", which no plugin registers.`,
    fix:
      all.length === 0
        ? 'Add the plugin that registers it; this app has no schemes.'
        : `Add the plugin that registers it, or use one of: ${all.map((scheme) => scheme.name).join(', ')}.`,
  })

/** Why something is no security: JavaScript has no types to refuse it, and what is not understood must not be public. */
export function malformation(security: unknown): Fault | undefined {
  const fix = "Write 'public', 'optional', 'authenticated' or { schemes: […], scopes: […] }."
  const refuse = (what: string): Fault => ({ message: `has a \`security\` that ${what}.`, fix })
  if (security === 'public' || security === 'optional' || security === 'authenticated') return undefined
  if (typeof security !== 'object' || security === null || Array.isArray(security))
    return refuse(`is ${JSON.stringify(security) ?? typeof security}`)
  for (const [key, value] of Object.entries(security)) {
    if (key !== 'schemes' && key !== 'scopes') return refuse(`has an unknown key "${key}"`)
    if (value === undefined) continue
    if (!Array.isArray(value) || !value.every((one) => typeof one === 'string' && one !== ''))
      return refuse(`has \`${key}\` that are no list of names`)
    if (key === 'schemes' && value.length === 0) return refuse('allows no scheme')
  }
  return undefined
}
