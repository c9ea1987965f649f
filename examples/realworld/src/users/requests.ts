/** What clients send about themselves. */
import type { z } from 'zod'
import { fields, line, optionalLine, prose, wrapped } from '../errors/text.ts'

const username = line(64)
const email = line(254).refine((text) => /^[^\s@]+@[^\s@]+$/.test(text), { error: 'is invalid', abort: true })
const password = prose(256)

export const Registration = wrapped('user', fields({ username, email, password }))
export type Registration = z.infer<typeof Registration>['user']

export const Login = wrapped('user', fields({ email: line(254), password }))
export type Login = z.infer<typeof Login>['user']

const change = {
  username: username.optional(),
  email: email.optional(),
  password: password.optional(),
  bio: optionalLine(2_000).optional(),
  image: optionalLine(2_000).optional(),
}

export const AccountChange = wrapped(
  'user',
  fields(change).refine((user) => Object.values(user).some((value) => value !== undefined), {
    error: 'needs at least one field',
  }),
)
export type AccountChange = z.infer<typeof AccountChange>['user']
