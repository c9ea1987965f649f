/** What happens to tickets: status, priority, assignee, and messages that come with a change of status. */
import { isFreedaError } from '@freeda/runtime'
import type { TicketStore } from './collections.ts'
import type { Tickets } from './contract.ts'
import { messageOf, type Message, type StoredMessage } from './message.ts'
import { ticketClosed, ticketNotFound, transitionRefused } from './problems.ts'
import type { NewMessages } from './read-messages.ts'
import type { TicketChange } from './requests.ts'
import { extended, setRunning } from './sla-clock.ts'
import type { Priority, Status, StoredTicket, Ticket } from './ticket.ts'
import { isOurs, mayBecome, statusAfterCustomer } from './transitions.ts'

export interface ChangeContext {
  readonly store: TicketStore
  readonly newMessages: NewMessages
  readonly get: Tickets['get']
  readonly allowanceMs: Readonly<Record<Priority, number>>
  readonly nowMs: () => number
}

export function changeTickets({ store, newMessages, get, allowanceMs, nowMs }: ChangeContext) {
  const withStatus = (ticket: Ticket, status: Status): Ticket => {
    if (!mayBecome(ticket.status, status)) throw transitionRefused(ticket.status, status)
    return { ...ticket, status, ...setRunning(ticket, isOurs(status), nowMs()) }
  }

  const withPriority = (ticket: Ticket, priority: Priority): Ticket => ({
    ...ticket,
    priority,
    ...extended(ticket, allowanceMs[priority] - allowanceMs[ticket.priority], nowMs()),
  })

  const changed = (current: Ticket, { status, priority, assignee }: TicketChange): Ticket => {
    // Later than all before, whatever the clocks of several instances say: a message that is written later also stands
    // later in the conversation, so that who has read up to one has missed none.
    const updatedMs = Math.max(nowMs(), Date.parse(current.updatedAt) + 1)
    let next: Ticket = { ...current, updatedAt: new Date(updatedMs).toISOString() }
    if (status !== undefined) next = withStatus(next, status)
    if (priority !== undefined) next = withPriority(next, priority)
    if (assignee !== undefined) next = { ...next, assignee: assignee ?? undefined }
    return next
  }

  /**
   * Adds a message, moves its ticket and keeps the job that reads it, all or nothing. `update` cannot span documents, so this does what it does:
   * read, write if the version still holds, and again when another writer came between.
   */
  const addMessage = async (
    ticketId: string,
    message: Pick<Message, 'kind' | 'agent' | 'text'>,
    nextStatus: (ticket: StoredTicket) => Status,
  ): Promise<StoredMessage> => {
    for (let attempt = 1; ; attempt++) {
      const ticket = await get(ticketId)
      const next = changed(ticket, { status: nextStatus(ticket) })
      const value = messageOf(ticketId, { ...message, createdAt: next.updatedAt })
      const creation = store.messages.op.create(value)
      try {
        await store.transact([
          store.tickets.op.put(ticketId, next, { ifVersion: ticket.version }),
          creation,
          newMessages.op.add({ messageId: creation.id }),
        ])
        return { ...value, id: creation.id, version: 1 }
      } catch (error) {
        if (!isFreedaError(error, 'FREEDA_CONFLICT') || attempt === maxAttempts) throw error
      }
    }
  }

  return {
    async change(id, change) {
      try {
        return await store.tickets.update(id, (current) => changed(current, change), {
          ifVersion: change.version,
        })
      } catch (error) {
        throw isFreedaError(error, 'FREEDA_NOT_FOUND') ? ticketNotFound(id) : error
      }
    },

    addCustomerMessage: (ticketId, text) =>
      addMessage(ticketId, { kind: 'customer', text }, (ticket) => {
        if (ticket.status === 'closed') throw ticketClosed()
        return statusAfterCustomer(ticket.status)
      }),

    addStaffMessage: (ticketId, { status, ...message }) =>
      addMessage(ticketId, message, (ticket) => {
        if (ticket.status === 'closed' && message.kind === 'reply') throw ticketClosed()
        return status ?? ticket.status
      }),
  } satisfies Partial<Tickets>
}

const maxAttempts = 5
