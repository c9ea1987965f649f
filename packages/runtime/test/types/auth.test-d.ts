/** Types of authentication: checked by `npm run typecheck`. Nothing here runs. */
import {
  CurrentPrincipal,
  definePlugin,
  type AuthScheme,
  type Principal,
  type Security,
} from '../../src/index.ts'

const notes = definePlugin({
  name: 'notes',
  freeda: '^1.0.0',
  security: { schemes: ['jwt'], scopes: ['notes:read'] },
  setup({ router, auth }) {
    router.get('/', { security: 'optional' }, ({ principal }) => {
      principal satisfies Principal | undefined
      // @ts-expect-error nobody may be calling
      return principal.id
    })
    // @ts-expect-error a typing mistake in what guards a route
    router.get('/typo', { security: 'autenticated' }, () => 'open')
    router.get('/koa', (ctx) => {
      ctx.services.get(CurrentPrincipal) satisfies Principal | undefined
      // @ts-expect-error only a guard says who is calling
      ctx.principal = undefined
    })
    // @ts-expect-error a scheme has a challenge
    auth.scheme({ name: 'x', openapi: {}, authenticate: async () => undefined })
  },
})

notes({}, { security: 'authenticated' })
notes({}, { security: { scopes: ['internal'] } })
// @ts-expect-error the config can lock a plugin, never open it
notes({}, { security: 'public' })
// @ts-expect-error nor half
notes({}, { security: 'optional' })

export const scheme: AuthScheme = {
  name: 'x',
  openapi: { type: 'http', scheme: 'basic' },
  challenge: 'Basic',
  // @ts-expect-error a principal has scopes
  authenticate: async () => ({ id: 'ann', claims: {} }),
}

// @ts-expect-error scopes are a list
export const wrong: Security = { scopes: 'notes:read' }
