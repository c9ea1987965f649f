/**
 * Recognises staff by one secret that all of them share. It keeps strangers out and knows nobody by name; any other
 * plugin with a scheme that gives the scope `staff` replaces it, and no route notices.
 */
import { definePlugin } from '@freeda/runtime'
import { z } from 'zod'
import { sharedToken } from './shared-token.ts'

const StaffOptions = z.object({
  /** Sent by staff as `Authorization: Bearer <token>`. */
  token: z.string().min(16),
})

export const staff = definePlugin({
  name: 'staff',
  freeda: '^1.0.0',
  options: StaffOptions,
  setup({ options, auth }) {
    auth.scheme(sharedToken(options.token))
  },
})
