/** What other plugins know of accounts. */
import { service } from '@freeda/runtime'

export interface Account {
  readonly id: string
  readonly username: string
  readonly email: string
  /** Empty when there is none. */
  readonly bio: string
  /** Empty when there is none. */
  readonly image: string
}

export interface Accounts {
  /** In the order asked. */
  byId(ids: readonly string[]): Promise<(Account | undefined)[]>
  /** Whatever the case of its letters. */
  byUsername(username: string): Promise<Account | undefined>
}

export const Accounts = service<Accounts>('conduit.accounts')
