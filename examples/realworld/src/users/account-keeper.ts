/** Registers, recognises and changes accounts. */
import { isFreedaError, type Stored } from '@freeda/runtime'
import { refuse } from '../errors/refuse.ts'
import { keyOf, type User, type Users } from './collections.ts'
import type { Account, Accounts } from './contract.ts'
import type { Passwords } from './password.ts'
import type { AccountChange, Login, Registration } from './requests.ts'

export interface AccountKeeper extends Accounts {
  register(request: Registration): Promise<Account>
  login(request: Login): Promise<Account>
  change(id: string, change: AccountChange): Promise<Account>
}

export function accountKeeper(users: Users, passwords: Passwords): AccountKeeper {
  const byUsername = async (username: string) =>
    (await users.query({ index: 'byUsername', partition: keyOf(username), limit: 1 })).items[0]
  const byEmail = async (email: string) =>
    (await users.query({ index: 'byEmail', partition: keyOf(email), limit: 1 })).items[0]

  /** Both at once, if both are taken: an index alone would name only the first. */
  async function refuseTaken(
    wanted: { username?: string | undefined; email?: string | undefined },
    id?: string,
  ) {
    const [nameHolder, emailHolder] = await Promise.all([
      wanted.username === undefined ? undefined : byUsername(wanted.username),
      wanted.email === undefined ? undefined : byEmail(wanted.email),
    ])
    const messages = {
      ...(nameHolder !== undefined && nameHolder.id !== id ? { username: [taken] } : {}),
      ...(emailHolder !== undefined && emailHolder.id !== id ? { email: [taken] } : {}),
    }
    if (Object.keys(messages).length > 0) throw refuse(422, messages)
  }

  /** Names that were free when looked at may be taken when written: the unique indexes decide. */
  async function unlessTaken<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write()
    } catch (error) {
      if (!isFreedaError(error, 'FREEDA_CONFLICT') || error.data.index === undefined) throw error
      throw refuse(422, { [error.data.index === 'byEmail' ? 'email' : 'username']: [taken] })
    }
  }

  return {
    async byUsername(username) {
      const user = await byUsername(username)
      return user && accountOf(user)
    },

    async byId(ids) {
      return (await users.getMany(ids)).map((user) => user && accountOf(user))
    },

    async register({ username, email, password }) {
      await refuseTaken({ username, email })
      const user: User = {
        ...named(username),
        ...addressed(email),
        passwordHash: await passwords.hash(password),
        bio: '',
        image: '',
        createdAt: new Date().toISOString(),
      }
      return accountOf(await unlessTaken(() => users.create(user)))
    },

    async login({ email, password }) {
      const user = await byEmail(email)
      if (!(await passwords.matches(password, user?.passwordHash)) || user === undefined)
        throw refuse(401, { 'email or password': ['is invalid'], credentials: ['invalid'] })
      return accountOf(user)
    },

    async change(id, { username, email, password, bio, image }) {
      await refuseTaken({ username, email }, id)
      const passwordHash = password === undefined ? undefined : await passwords.hash(password)
      const changed = (user: User): User => ({
        ...user,
        ...(username === undefined ? {} : named(username)),
        ...(email === undefined ? {} : addressed(email)),
        passwordHash: passwordHash ?? user.passwordHash,
        bio: bio ?? user.bio,
        image: image ?? user.image,
      })
      return accountOf(await unlessTaken(() => users.update(id, changed)))
    },
  }
}

const taken = 'has already been taken'

/** What may leave this plugin; the hash may not. */
const accountOf = ({ id, username, email, bio, image }: Stored<User>): Account => ({
  id,
  username,
  email,
  bio,
  image,
})

const named = (username: string) => ({ username, usernameKey: keyOf(username) })
const addressed = (email: string) => ({ email, emailKey: keyOf(email) })
