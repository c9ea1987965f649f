/** What other plugins know of profiles and of who follows whom. */
import { service } from '@freeda/runtime'
import { z } from 'zod'

/** What everybody sees of an account. */
export const Profile = z.object({
  username: z.string(),
  bio: z.string(),
  image: z.string(),
  following: z.boolean(),
})
export type Profile = z.infer<typeof Profile>

export interface Profiles {
  /** As `viewer` sees these accounts, by their ids; those that do not exist are left out. */
  of(ids: readonly string[], viewer: string | undefined): Promise<ReadonlyMap<string, Profile>>
  /** The ids of everybody that `viewer` follows: at most {@link maxFollowed}. */
  followedBy(viewer: string): Promise<string[]>
}

/** A feed merges the articles of everybody that its reader follows, so they must have an end. */
export const maxFollowed = 1_000

export const Profiles = service<Profiles>('conduit.profiles')
