/** How the desk stands. Counting reads every ticket that is counted, which is why what comes out is kept for a while. */
import type { Page, Stored } from '@freeda/runtime'
import { z } from 'zod'
import { Category } from '../analysis/contract.ts'
import type { Tickets } from '../tickets/contract.ts'
import { Channel, Day, Timestamp, type Ticket } from '../tickets/ticket.ts'

const Count = z.int().min(0)

/** Statuses of tickets that somebody still works on; those that are done only grow in number. */
const atWork = ['open', 'in_progress', 'waiting_customer'] as const

export const Statistics = z
  .object({
    day: Day,
    /** Of the tickets that were opened on that day. */
    opened: z.object({
      total: Count,
      byChannel: z.partialRecord(Channel, Count),
      /** Without those that were not analysed. */
      byCategory: z.partialRecord(Category, Count),
    }),
    /** Of all tickets, as they are now. */
    atWork: z.record(z.enum(atWork), Count),
    /** Running clocks that ran out. */
    overdue: Count,
    countedAt: Timestamp,
  })
  .meta({ id: 'Statistics' })

export type Statistics = z.infer<typeof Statistics>

type Counted = Pick<Tickets, 'list' | 'queue'>

export async function countTickets(tickets: Counted, day: string, nowMs: number): Promise<Statistics> {
  const countedAt = new Date(nowMs).toISOString()
  const [opened, overdue, ...working] = await Promise.all([
    countOpened(tickets, day),
    countOverdue(tickets, countedAt),
    ...atWork.map((status) => countAll((page) => tickets.list({ status, ...page }))),
  ])
  const [open = 0, in_progress = 0, waiting_customer = 0] = working
  return { day, opened, atWork: { open, in_progress, waiting_customer }, overdue, countedAt }
}

async function countOpened(tickets: Counted, day: string): Promise<Statistics['opened']> {
  const opened: Statistics['opened'] = { total: 0, byChannel: {}, byCategory: {} }
  for await (const { channel, analysis } of all((page) => tickets.list({ day, ...page }))) {
    opened.total++
    opened.byChannel[channel] = (opened.byChannel[channel] ?? 0) + 1
    if (analysis !== undefined)
      opened.byCategory[analysis.category] = (opened.byCategory[analysis.category] ?? 0) + 1
  }
  return opened
}

async function countOverdue(tickets: Counted, now: string): Promise<number> {
  let overdue = 0
  for await (const { dueAt } of all((page) => tickets.queue(page))) {
    // The queue is in the order of what is due.
    if (dueAt === undefined || dueAt >= now) break
    overdue++
  }
  return overdue
}

interface PageOfAll {
  readonly order: 'asc'
  readonly limit: number
  readonly cursor: string | undefined
}
type Ask = (page: PageOfAll) => Promise<Page<Ticket>>

async function* all(ask: Ask): AsyncGenerator<Stored<Ticket>> {
  let cursor: string | undefined
  do {
    const page = await ask({ order: 'asc', limit: 100, cursor })
    yield* page.items
    ;({ cursor } = page)
  } while (cursor !== undefined)
}

async function countAll(ask: Ask): Promise<number> {
  let count = 0
  for await (const _ of all(ask)) count++
  return count
}
