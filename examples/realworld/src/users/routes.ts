/** `/users`, `/users/login` and `/user`. */
import type { PluginRouter } from '@freeda/runtime'
import { GenericError } from '../errors/generic-error.ts'
import { refuse } from '../errors/refuse.ts'
import { viewerOf } from '../viewer.ts'
import type { AccountKeeper } from './account-keeper.ts'
import { AccountChange, Login, Registration } from './requests.ts'
import type { Tokens } from './tokens.ts'
import { userView, UserView } from './views.ts'

const tags = ['User and Authentication']

export function userRoutes(router: PluginRouter, accounts: AccountKeeper, tokens: Tokens): void {
  router.post(
    '/users',
    {
      body: Registration,
      response: { 201: UserView, 422: GenericError },
      security: 'public',
      summary: 'Register',
      tags,
    },
    async ({ body }) => {
      const account = await accounts.register(body.user)
      return userView(account, await tokens.issue(account.id))
    },
  )

  router.post(
    '/users/login',
    {
      body: Login,
      response: { 200: UserView, 401: GenericError, 422: GenericError },
      security: 'public',
      summary: 'Log in',
      tags,
    },
    async ({ body }) => {
      const account = await accounts.login(body.user)
      return userView(account, await tokens.issue(account.id))
    },
  )

  router.get(
    '/user',
    { response: { 200: UserView, 401: GenericError }, security: 'authenticated', summary: 'Who am I?', tags },
    async ({ principal }) => {
      const id = viewerOf(principal)
      const [account] = await accounts.byId([id])
      if (account === undefined) throw refuse(401, { token: ['is invalid'] })
      return userView(account, await tokens.issue(id))
    },
  )

  router.put(
    '/user',
    {
      body: AccountChange,
      response: { 200: UserView, 401: GenericError, 422: GenericError },
      security: 'authenticated',
      summary: 'Change my account',
      tags,
    },
    async ({ principal, body }) => {
      const id = viewerOf(principal)
      return userView(await accounts.change(id, body.user), await tokens.issue(id))
    },
  )
}
