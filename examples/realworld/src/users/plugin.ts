/** Accounts, their passwords and the tokens that stand for them. */
import { definePlugin } from '@freeda/runtime'
import { z } from 'zod'
import { answerErrors } from '../errors/answer-errors.ts'
import { accountKeeper } from './account-keeper.ts'
import { userCollections } from './collections.ts'
import { Accounts } from './contract.ts'
import { passwords } from './password.ts'
import { userRoutes } from './routes.ts'
import { tokenScheme } from './token-scheme.ts'
import { tokens } from './tokens.ts'

const UsersOptions = z.object({
  /** Signs the tokens. Whoever has it is everybody. */
  jwtSecret: z.string().min(32),
  tokenLifetimeDays: z.number().int().positive().default(30),
  /**
   * What one guess at a password costs: 16 MiB, five times.
   * Source: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
   */
  passwordCost: z
    .object({
      rounds: z.number().int().min(2).default(16_384),
      blocks: z.number().int().min(1).default(8),
      lanes: z.number().int().min(1).default(5),
    })
    .prefault({}),
})

export const users = definePlugin({
  name: 'users',
  freeda: '^1.0.0',
  prefix: '/api',
  options: UsersOptions,
  collections: userCollections,
  provides: { accounts: Accounts },
  setup({ options, collections, router, auth }) {
    const accounts = accountKeeper(collections.users, passwords(options.passwordCost))
    const signed = tokens({ secret: options.jwtSecret, lifetimeDays: options.tokenLifetimeDays })

    auth.scheme(tokenScheme(signed, accounts))
    answerErrors(router, ['/users', '/users/login', '/user'])
    userRoutes(router, accounts, signed)
    return { accounts }
  },
})
