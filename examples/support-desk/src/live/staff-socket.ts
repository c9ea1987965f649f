/** What staff and the app say to each other over `/staff/live`. */
import type { Socket } from '@freeda/runtime'
import { z } from 'zod'
import type { Tickets } from '../tickets/contract.ts'
import type { StaffMessageView } from '../tickets/views.ts'
import type { MessageFeed } from './contract.ts'

export const StaffCommand = z.discriminatedUnion('type', [
  /** `after`: the id of the last message that is known; everything, without it. */
  z.strictObject({ type: z.literal('follow'), ticket: z.string(), after: z.string().optional() }),
  z.strictObject({ type: z.literal('unfollow'), ticket: z.string() }),
])

export type StaffEvent =
  | {
      readonly type: 'message'
      readonly ticket: string
      /** For `after`. */
      readonly id: string
      readonly message: z.infer<typeof StaffMessageView>
    }
  | { readonly type: 'refused'; readonly ticket: string; readonly code: string }

export type StaffSocket = Socket<z.infer<typeof StaffCommand>>

export interface LiveContext {
  readonly tickets: Tickets
  readonly feed: MessageFeed
}
