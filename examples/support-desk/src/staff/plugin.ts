/**
 * Provides {@link StaffOnly} by one secret that the whole staff shares. It keeps strangers out and knows nobody by
 * name; real authentication replaces this plugin, and no other one notices.
 */
import { definePlugin } from '@freeda/runtime'
import { z } from 'zod'
import { StaffOnly } from './contract.ts'
import { requireBearer } from './require-bearer.ts'

const StaffOptions = z.object({
  /** Sent by staff as `Authorization: Bearer <token>`. */
  token: z.string().min(16),
})

export const staff = definePlugin({
  name: 'staff',
  freeda: '^1.0.0',
  options: StaffOptions,
  provides: { staffOnly: StaffOnly },
  setup: ({ options }) => ({ staffOnly: requireBearer(options.token) }),
})
