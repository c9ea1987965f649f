/** Follows, and shows accounts as somebody sees them. */
import { refuse } from '../errors/refuse.ts'
import type { Account, Accounts } from '../users/contract.ts'
import { followId, type Follows } from './collections.ts'
import { maxFollowed, type Profile, type Profiles } from './contract.ts'

export interface Following extends Profiles {
  see(username: string, viewer: string | undefined): Promise<Profile>
  follow(username: string, viewer: string): Promise<Profile>
  unfollow(username: string, viewer: string): Promise<Profile>
}

export function following(accounts: Accounts, follows: Follows): Following {
  const find = async (username: string): Promise<Account> => {
    const account = await accounts.byUsername(username)
    if (account === undefined) throw refuse(404, { profile: ['not found'] })
    return account
  }

  const followedAmong = async (ids: readonly string[], viewer: string | undefined) => {
    if (viewer === undefined) return new Set<string>()
    const found = await follows.getMany(ids.map((id) => followId(viewer, id)))
    return new Set(found.flatMap((follow) => follow?.followedId ?? []))
  }

  const followedBy = async (viewer: string): Promise<string[]> => {
    const query = { index: 'byFollower', partition: viewer, limit: maxFollowed } as const
    return (await follows.query(query)).items.map((follow) => follow.followedId)
  }

  return {
    followedBy,

    async of(ids, viewer) {
      const wanted = [...new Set(ids)]
      const [found, followed] = await Promise.all([accounts.byId(wanted), followedAmong(wanted, viewer)])
      return new Map(
        found.flatMap((account) =>
          account === undefined ? [] : [[account.id, profileOf(account, followed.has(account.id))] as const],
        ),
      )
    },

    async see(username, viewer) {
      const account = await find(username)
      const followed = await followedAmong([account.id], viewer)
      return profileOf(account, followed.has(account.id))
    },

    async follow(username, viewer) {
      const account = await find(username)
      const id = followId(viewer, account.id)
      if ((await follows.get(id)) === undefined) {
        if ((await followedBy(viewer)).length >= maxFollowed)
          throw refuse(422, { profile: [`cannot be followed: you follow ${maxFollowed} already`] })
        await follows.put(id, { followerId: viewer, followedId: account.id })
      }
      return profileOf(account, true)
    },

    async unfollow(username, viewer) {
      const account = await find(username)
      await follows.delete(followId(viewer, account.id))
      return profileOf(account, false)
    },
  }
}

const profileOf = ({ username, bio, image }: Account, following: boolean): Profile => ({
  username,
  bio,
  image,
  following,
})
