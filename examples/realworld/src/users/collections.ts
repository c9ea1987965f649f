/** Accounts. A name and an address belong to one account each, however their letters are cased. */
import { collection, type CollectionOf } from '@freeda/runtime'
import { z } from 'zod'

export const User = z.object({
  username: z.string(),
  usernameKey: z.string(),
  email: z.string(),
  emailKey: z.string(),
  /** As `password.ts` writes it. */
  passwordHash: z.string(),
  bio: z.string(),
  image: z.string(),
  createdAt: z.string(),
})
export type User = z.infer<typeof User>

export const userCollections = {
  users: collection(User, {
    name: 'users',
    indexes: {
      byUsername: { partition: 'usernameKey', unique: true },
      byEmail: { partition: 'emailKey', unique: true },
    },
  }),
}

export type Users = CollectionOf<typeof userCollections.users>

/** What two texts share that differ in case or in the way their characters are composed. */
export const keyOf = (text: string): string => text.normalize('NFKC').toLowerCase()
