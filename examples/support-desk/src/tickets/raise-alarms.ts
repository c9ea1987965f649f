/** Says of each ticket whose time is over that it is, once: in a note that staff see in the conversation. */
import { isFreedaError, schedule, type Logger, type ScheduledRun } from '@freeda/runtime'
import type { TicketStore } from './collections.ts'
import { messageOf, type StoredMessage } from './message.ts'
import type { NewMessages } from './read-messages.ts'
import type { StoredTicket } from './ticket.ts'

/** Alarms of a run that failed or was missed are raised by the next one. */
export const slaAlarms = schedule({ everyMs: 60_000 })

export interface AlarmContext {
  readonly store: TicketStore
  readonly newMessages: NewMessages
  readonly nowMs: () => number
}

/** @returns for how many tickets */
export async function raiseAlarms(
  { store, newMessages, nowMs }: AlarmContext,
  { commit, signal, log }: Pick<ScheduledRun, 'commit' | 'signal'> & { readonly log: Logger },
): Promise<number> {
  const now = new Date(nowMs()).toISOString()
  let raised = 0
  const overdue = store.tickets.iterate({ index: 'byDue', partition: 'running', range: { lt: now }, signal })
  for await (const ticket of overdue) {
    if (ticket.alarmedFor === ticket.dueAt) continue
    try {
      await commit(alarm(ticket, { store, newMessages, now }))
      raised++
      log.warn({ ticketId: ticket.id, dueAt: ticket.dueAt }, 'a ticket is overdue')
    } catch (error) {
      // Somebody is at it: the next run sees what became of it.
      if (!isFreedaError(error, 'FREEDA_CONFLICT')) throw error
    }
  }
  return raised
}

function alarm(
  { id, version: ifVersion, ...ticket }: StoredTicket,
  { store, newMessages, now }: Pick<AlarmContext, 'store' | 'newMessages'> & { readonly now: string },
) {
  // Later than all before, as every message of a ticket.
  const createdAt = new Date(
    Math.max(Date.parse(now), Date.parse(ticket.updatedAt) + 1),
  ).toISOString() satisfies StoredMessage['createdAt']
  const note = store.messages.op.create(
    messageOf(id, {
      kind: 'note',
      agent: 'Desk',
      text: `This ticket was due at ${ticket.dueAt}.`,
      createdAt,
    }),
  )
  return [
    store.tickets.op.put(id, { ...ticket, alarmedFor: ticket.dueAt, updatedAt: createdAt }, { ifVersion }),
    note,
    newMessages.op.add({ messageId: note.id }),
  ]
}
