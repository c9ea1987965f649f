/** What clients see of their own account. */
import { z } from 'zod'
import type { Account } from './contract.ts'

export const UserView = z.object({
  user: z.object({
    email: z.string(),
    token: z.string(),
    username: z.string(),
    bio: z.string(),
    image: z.string(),
  }),
})
export type UserView = z.infer<typeof UserView>

export const userView = ({ email, username, bio, image }: Account, token: string): UserView => ({
  user: { email, token, username, bio, image },
})
