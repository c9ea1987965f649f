/** Who follows whom: a document for each pair, so that following twice is following once. */
import { collection, type CollectionOf } from '@freeda/runtime'
import { z } from 'zod'

const Follow = z.object({ followerId: z.string(), followedId: z.string() })

export const profileCollections = {
  follows: collection(Follow, {
    name: 'follows',
    indexes: { byFollower: { partition: 'followerId', sort: 'followedId' } },
  }),
}

export type Follows = CollectionOf<typeof profileCollections.follows>

export const followId = (followerId: string, followedId: string): string => `${followerId}:${followedId}`
