/** Who is staff: what a route says that is for staff only. Any scheme that gives this scope will do. */
import type { Security } from '@freeda/runtime'

export const staffScope = 'staff'

export const staffOnly = { scopes: [staffScope] } satisfies Security
