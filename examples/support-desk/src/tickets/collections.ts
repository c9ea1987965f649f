/** What the plugin stores. Every listing of the app is one of these indexes: there is no way to scan. */
import { collection, type CollectionOf, type Storage } from '@freeda/runtime'
import { Message } from './message.ts'
import { Ticket } from './ticket.ts'

export const ticketCollections = {
  tickets: collection(Ticket, {
    indexes: {
      byStatus: { partition: 'status', sort: 'createdAt' },
      byChannel: { partition: 'channel', sort: 'createdAt' },
      byDay: { partition: 'createdDay', sort: 'createdAt' },
      /** Only tickets whose clock runs have a `dueAt`, so the partition `running` is the queue of work. */
      byDue: { partition: 'slaState', sort: 'dueAt' },
      byExternalId: { partition: 'externalId', unique: true },
    },
  }),
  messages: collection(Message, {
    indexes: {
      byTicket: { partition: 'ticketId', sort: 'createdAt' },
      publicByTicket: { partition: 'publicTicketId', sort: 'createdAt' },
    },
  }),
}

/** What the setup of the plugin gets for that. */
export interface TicketStore {
  readonly tickets: CollectionOf<typeof ticketCollections.tickets>
  readonly messages: CollectionOf<typeof ticketCollections.messages>
  readonly transact: Storage['transact']
}
