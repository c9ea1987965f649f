/** New tickets: opened by a customer, or taken over from another system. */
import { isFreedaError } from '@freeda/runtime'
import type { CautiousAnalysis } from './cautious-analysis.ts'
import type { TicketStore } from './collections.ts'
import type { Tickets } from './contract.ts'
import { messageOf, type Message } from './message.ts'
import type { TicketRecord } from './requests.ts'
import { pausedClock, runningClock } from './sla-clock.ts'
import type { Priority, Ticket } from './ticket.ts'
import { isOurs } from './transitions.ts'

export interface OpeningContext {
  readonly store: TicketStore
  readonly analysis: CautiousAnalysis
  readonly allowanceMs: Readonly<Record<Priority, number>>
  readonly nowMs: () => number
}

export function openTickets({ store, analysis, allowanceMs, nowMs }: OpeningContext) {
  /** A ticket without messages, or messages without a ticket, must never be seen: all of them or none. */
  const write = async (ticket: Ticket, messages: readonly Omit<Message, 'ticketId' | 'publicTicketId'>[]) => {
    const creation = store.tickets.op.create(ticket)
    await store.transact([
      creation,
      ...messages.map((message) => store.messages.op.create(messageOf(creation.id, message))),
    ])
    return { ...ticket, id: creation.id, version: 1 }
  }

  return {
    async open({ text, ...request }) {
      const result = await analysis.analyse(`${request.subject}\n${text}`)
      const priority = result?.urgency ?? 'normal'
      const now = nowMs()
      const createdAt = new Date(now).toISOString()
      const ticket: Ticket = {
        ...request,
        status: 'open',
        priority,
        analysis: result,
        ...runningClock(allowanceMs[priority], now),
        createdAt,
        createdDay: dayOf(createdAt),
        updatedAt: createdAt,
      }
      return write(ticket, [{ kind: 'customer', text, createdAt }])
    },

    async adopt({ messages, ...record }) {
      // The index may lag behind, so what decides is the conflict below; asking first spares known tickets an analysis.
      const known = await store.tickets.query({
        index: 'byExternalId',
        partition: record.externalId,
        limit: 1,
      })
      if (known.items.length > 0) return false
      const result = await analysis.analyse(`${record.subject}\n${firstWords(messages)}`)
      const priority = record.priority ?? result?.urgency ?? 'normal'
      const updatedAt = messages.map((message) => message.createdAt).reduce(later, record.createdAt)
      const ticket: Ticket = {
        ...record,
        priority,
        analysis: result,
        ...adoptedClock(record, updatedAt, allowanceMs[priority]),
        createdDay: dayOf(record.createdAt),
        updatedAt,
      }
      try {
        await write(ticket, messages)
        return true
      } catch (error) {
        if (isFreedaError(error, 'FREEDA_CONFLICT') && error.data.index === 'byExternalId') return false
        throw error
      }
    },
  } satisfies Partial<Tickets>
}

const dayOf = (timestamp: string) => timestamp.slice(0, 10)
const later = (a: string, b: string) => (a > b ? a : b)

const firstWords = (messages: TicketRecord['messages']) =>
  (messages.find((message) => message.kind === 'customer') ?? messages[0])?.text ?? ''

/** A record does not tell when its ticket waited: all time until its last message counts as ours. */
const adoptedClock = (
  { status, createdAt }: Omit<TicketRecord, 'messages'>,
  updatedAt: string,
  allowanceMs: number,
) =>
  isOurs(status)
    ? runningClock(allowanceMs, Date.parse(createdAt))
    : pausedClock(allowanceMs - (Date.parse(updatedAt) - Date.parse(createdAt)))
