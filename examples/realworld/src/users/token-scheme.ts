/** `Authorization: Token <jwt>`, as Conduit's clients send it. */
import type { AuthScheme } from '@freeda/runtime'
import { refuse } from '../errors/refuse.ts'
import type { Accounts } from './contract.ts'
import type { Tokens } from './tokens.ts'

export const tokenScheme = (tokens: Tokens, accounts: Accounts): AuthScheme => ({
  name: 'Token',
  openapi: { type: 'apiKey', in: 'header', name: 'Authorization' },
  challenge: 'Token',
  async authenticate({ headers }) {
    const given = /^Token +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
    if (given === undefined) return undefined
    const id = await tokens.subject(given)
    // A signature outlives its account, as when the data were restored from a backup.
    const [account] = id === undefined ? [] : await accounts.byId([id])
    if (account === undefined) throw refuse(401, { token: ['is invalid'] })
    return { id: account.id, scopes: [], claims: {} }
  },
})
