/** How the desk stands, for staff: counted once in a while for all instances, however many ask. */
import { Cache, definePlugin } from '@freeda/runtime'
import { z } from 'zod'
import { staffOnly } from '../staff/contract.ts'
import { Tickets } from '../tickets/contract.ts'
import { Day } from '../tickets/ticket.ts'
import { countTickets, Statistics } from './count-tickets.ts'

export const statistics = definePlugin({
  name: 'statistics',
  freeda: '^1.0.0',
  prefix: '/staff/statistics',
  security: staffOnly,
  options: z.object({
    /** How old numbers may be. */
    maxAgeSeconds: z.number().positive().default(30),
  }),
  needs: { tickets: Tickets, cache: Cache },
  setup({ options, needs: { tickets, cache }, router }) {
    router.get(
      '/',
      {
        query: z.strictObject({ day: Day.optional() }),
        response: Statistics,
        summary: 'What was opened on a day (default: today, in UTC), what is at work, and what is overdue',
      },
      ({ query }) => {
        const nowMs = Date.now()
        const day = query.day ?? new Date(nowMs).toISOString().slice(0, 10)
        return cache.remember(day, options.maxAgeSeconds * 1_000, () => countTickets(tickets, day, nowMs))
      },
    )
  },
})
