/** Keeps the authentication schemes that plugins register. */
import type { AuthRegistrar, AuthScheme } from '../auth.ts'
import { FreedaError } from '../errors.ts'

export interface AuthRegistry {
  /** In the order of their registration. */
  readonly schemes: readonly AuthScheme[]
  registrar(plugin: { readonly name: string }): AuthRegistrar
  /** Forgets the schemes of a plugin that failed: what they would say of anybody is worth nothing. */
  remove(plugin: string): void
}

/** What OpenAPI allows as the name of a component. */
const schemeName = /^[A-Za-z0-9._-]{1,64}$/
/** RFC 9110, 11.6.1: a token, then anything printable. */
const challenge = /^[!#$%&'*+.^_`|~\dA-Za-z-]+( [\x21-\x7e ]+)?$/

export function authRegistry(): AuthRegistry {
  const entries: { readonly plugin: string; readonly scheme: AuthScheme }[] = []
  return {
    get schemes() {
      return entries.map(({ scheme }) => scheme)
    },
    registrar: ({ name: plugin }) => ({
      scheme(scheme) {
        const refuse = (reason: string) => new FreedaError('FREEDA_PLUGIN_DEFINITION', { plugin, reason })
        if (typeof scheme.name !== 'string' || !schemeName.test(scheme.name))
          throw refuse(`"${scheme.name}" is not a name of an authentication scheme (${schemeName}).`)
        if (typeof scheme.challenge !== 'string' || !challenge.test(scheme.challenge))
          throw refuse(`the challenge of the authentication scheme "${scheme.name}" is no HTTP challenge.`)
        const other = entries.find((entry) => entry.scheme.name === scheme.name)
        if (other !== undefined)
          throw refuse(
            `the authentication scheme "${scheme.name}" is registered already, by "${other.plugin}".`,
          )
        entries.push({ plugin, scheme })
      },
    }),
    remove(plugin) {
      for (let i = entries.length - 1; i >= 0; i--) if (entries[i]!.plugin === plugin) entries.splice(i, 1)
    },
  }
}
