/** Registers, recognises and changes accounts. */
import type { Stored } from '@freeda/runtime'
import { refuse } from '../errors/refuse.ts'
import { keyOf, type User, type Users } from './collections.ts'
import type { Account, Accounts } from './contract.ts'
import type { Passwords } from './password.ts'
import type { AccountChange, Login, Registration } from './requests.ts'
import { uniqueNames } from './unique-names.ts'

export interface AccountKeeper extends Accounts {
  register(request: Registration): Promise<Account>
  login(request: Login): Promise<Account>
  change(id: string, change: AccountChange): Promise<Account>
}

export function accountKeeper(users: Users, passwords: Passwords): AccountKeeper {
  const { byUsername, byEmail, refuseTaken, unlessTaken } = uniqueNames(users)

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
