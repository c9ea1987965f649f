/** Tickets from every channel: stored, listed, answered, and held against a clock. */
import { definePlugin } from '@freeda/runtime'
import { z } from 'zod'
import { Analysis } from '../analysis/contract.ts'
import { announced } from '../live/announce.ts'
import { MessageFeed } from '../live/contract.ts'
import { cautiousAnalysis } from './cautious-analysis.ts'
import { changeTickets } from './change-tickets.ts'
import { ticketCollections } from './collections.ts'
import { Tickets } from './contract.ts'
import { listTickets } from './list-tickets.ts'
import { openTickets } from './open-tickets.ts'
import { raiseAlarms, slaAlarms } from './raise-alarms.ts'
import { newMessages, readMessage } from './read-messages.ts'
import { publicRoutes } from './public-routes.ts'
import { staffRoutes } from './staff-routes.ts'

const minutes = (fallback: number) => z.number().positive().default(fallback)

const TicketsOptions = z.object({
  /** How long a ticket may take until it is resolved, by priority; time spent waiting for the customer is free. */
  slaMinutes: z
    .object({ urgent: minutes(120), high: minutes(480), normal: minutes(1_440), low: minutes(4_320) })
    .prefault({}),
  /** How long opening a ticket waits for the analysis before it goes without. */
  analysisTimeoutMs: z.number().int().positive().default(2_000),
})

export const tickets = definePlugin({
  name: 'tickets',
  freeda: '^1.0.0',
  prefix: '/',
  options: TicketsOptions,
  collections: ticketCollections,
  queues: { newMessages },
  schedules: { slaAlarms },
  needs: { analysis: Analysis, feed: MessageFeed },
  provides: { tickets: Tickets },
  setup({ options, collections, queues, schedules, transact, needs, router, health, log }) {
    const store = { ...collections, transact }
    const { slaMinutes, analysisTimeoutMs } = options
    const allowanceMs = {
      urgent: slaMinutes.urgent * 60_000,
      high: slaMinutes.high * 60_000,
      normal: slaMinutes.normal * 60_000,
      low: slaMinutes.low * 60_000,
    }
    const analysis = cautiousAnalysis(needs.analysis, { timeoutMs: analysisTimeoutMs, log })
    const nowMs = Date.now

    const reading = listTickets(store)
    const stored: Tickets = {
      ...reading,
      ...openTickets({ store, analysis, allowanceMs, nowMs }),
      ...changeTickets({ store, ...queues, get: reading.get, allowanceMs, nowMs }),
    }
    const tickets = announced(stored, needs.feed)

    // Tickets are opened without it, so a broken analysis is reported but does not take the app out of service.
    health.ready('analysis', () => analysis.check(), { critical: false })
    queues.newMessages.work(readMessage({ store, feed: needs.feed, analysis }))
    schedules.slaAlarms.run((run) => raiseAlarms({ store, ...queues, nowMs }, run))
    publicRoutes(router, tickets)
    staffRoutes(router, tickets)
    return { tickets }
  },
})
