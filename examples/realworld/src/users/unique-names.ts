/** Names and addresses, which belong to one account each. */
import { isFreedaError } from '@freeda/runtime'
import { refuse } from '../errors/refuse.ts'
import { keyOf, type Users } from './collections.ts'

export function uniqueNames(users: Users) {
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

  return { byUsername, byEmail, refuseTaken, unlessTaken }
}

const taken = 'has already been taken'
