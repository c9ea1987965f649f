/** Lets a test say who is calling. Only {@link testApp} knows of this: a running app has no such way in. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { AuthScheme, Principal } from '../auth.ts'
import type { Schemes } from '../routing/authenticate-requirement.ts'

/** The caller that a test wants; without a scheme, the first one that the route allows recognises it. */
export type TestPrincipal = Pick<Principal, 'id'> & Partial<Principal>

export interface ActAs {
  /** The same schemes, which also recognise the callers of tests. */
  readonly seenBy: (schemes: Schemes) => Schemes
  /** Makes a request come from `principal`. */
  set(req: IncomingMessage, principal: TestPrincipal): void
}

export function actAs(): ActAs {
  // By identity: nothing that a request says leads to a principal.
  const callers = new WeakMap<IncomingHttpHeaders, TestPrincipal>()

  const recognising = (scheme: AuthScheme): AuthScheme => ({
    ...scheme,
    async authenticate(credentials) {
      const caller = callers.get(credentials.headers)
      if (caller === undefined) return scheme.authenticate(credentials)
      if (caller.scheme !== undefined && caller.scheme !== scheme.name) return undefined
      return { scopes: [], claims: {}, ...caller }
    },
  })

  return {
    seenBy({ all, find }) {
      // A plugin is tested without the plugins that authenticate: then any scheme that it names is there.
      if (all.length === 0)
        return { all: [recognising(standIn('test'))], find: (name) => recognising(standIn(name)) }
      const wrapped = new Map(all.map((scheme) => [scheme.name, recognising(scheme)]))
      return { all: [...wrapped.values()], find: (name) => wrapped.get(name) ?? find(name) }
    },
    set: (req, principal) => void callers.set(req.headers, principal),
  }
}

/** Recognises nobody by what they send. */
const standIn = (name: string): AuthScheme => ({
  name,
  openapi: { type: 'http', scheme: 'bearer' },
  challenge: 'Bearer',
  authenticate: async () => undefined,
})
