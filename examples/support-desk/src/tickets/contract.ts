/** What other plugins know of tickets. */
import { service, type Page } from '@freeda/runtime'
import type { Message, StoredMessage } from './message.ts'
import type {
  NewTicket,
  PageQuery,
  StaffMessage,
  TicketChange,
  TicketQuery,
  TicketRecord,
} from './requests.ts'
import type { StoredTicket, Ticket } from './ticket.ts'

export { TicketRecord } from './requests.ts'

/** Arguments are validated by the schemas of `requests.ts`. Refusals are problems from `problems.ts`. */
export interface Tickets {
  open(request: NewTicket): Promise<StoredTicket>
  /** Takes a ticket over from another system; `false` when its external id is known already. */
  adopt(record: TicketRecord): Promise<boolean>
  get(id: string): Promise<StoredTicket>
  list(query: TicketQuery): Promise<Page<Ticket>>
  /** Tickets whose clock runs, the one due first (or most overdue) first. */
  queue(query: PageQuery): Promise<Page<Ticket>>
  change(id: string, change: TicketChange): Promise<StoredTicket>
  addCustomerMessage(ticketId: string, text: string): Promise<StoredMessage>
  addStaffMessage(ticketId: string, message: StaffMessage): Promise<StoredMessage>
  /** In the order of time, those of the instant `from` and later. Customers do not see notes. */
  messages(
    ticketId: string,
    reader: 'customer' | 'staff',
    query: PageQuery & { readonly from?: string | undefined },
  ): Promise<Page<Message>>
}

export const Tickets = service<Tickets>('support.tickets')
