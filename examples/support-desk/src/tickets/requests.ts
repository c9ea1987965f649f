/** What clients send: the schemas of bodies and query strings. */
import { z } from 'zod'
import { MessageText } from './message.ts'
import { AgentName, Channel, Customer, Day, ExternalId, Priority, Status, Subject } from './ticket.ts'

const reachable = (request: { channel: Channel; customer: Customer }) =>
  request.channel === 'chat' ||
  (request.channel === 'email' ? request.customer.email : request.customer.phone) !== undefined
const unreachable = {
  path: ['customer'],
  message: 'Give an e-mail address for `email`, a telephone number for `telephone`, `whatsapp` and `sms`.',
}

/** Any ISO 8601 instant, brought to the form that we store. */
const Instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString())

export const TicketId = z.object({ id: z.string() })

/** A customer's new ticket. How urgent it is we find out ourselves. */
export const NewTicket = z
  .strictObject({ channel: Channel, subject: Subject, text: MessageText, customer: Customer })
  .refine(reachable, unreachable)

export const CustomerMessage = z.strictObject({ text: MessageText })

/** A reply or a note, and what becomes of the ticket with it. */
export const StaffMessage = z.strictObject({
  kind: z.enum(['reply', 'note']),
  agent: AgentName,
  text: MessageText,
  status: Status.optional(),
})

/** `version`: change the ticket only if nobody else did since it was read. */
export const TicketChange = z
  .strictObject({
    status: Status.optional(),
    priority: Priority.optional(),
    /** `null` takes it away from whoever has it. */
    assignee: AgentName.nullable().optional(),
    version: z.int().positive().optional(),
  })
  .refine(({ status, priority, assignee }) => (status ?? priority ?? assignee) !== undefined, {
    message: 'Give at least one of `status`, `priority` and `assignee`.',
  })

const page = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().optional(),
}

export const PageQuery = z.strictObject(page)

/** By status, by channel, by day, or all in the order of their ids. Each is one index, so they cannot be combined. */
export const TicketQuery = z
  .strictObject({
    status: Status.optional(),
    channel: Channel.optional(),
    day: Day.optional(),
    /** Created at this instant or later. */
    from: Instant.optional(),
    /** Created before this instant. */
    to: Instant.optional(),
    order: z.enum(['asc', 'desc']).default('desc'),
    ...page,
  })
  .refine(({ status, channel, day }) => [status, channel, day].filter(Boolean).length <= 1, {
    message: 'Give only one of `status`, `channel` and `day`.',
  })
  .refine(
    ({ status, channel, from, to }) => (from ?? to) === undefined || (status ?? channel) !== undefined,
    {
      message: '`from` and `to` narrow a listing by `status` or by `channel`.',
    },
  )

/** A ticket from another system, with its history. */
export const TicketRecord = z
  .strictObject({
    externalId: ExternalId,
    channel: Channel,
    status: Status,
    priority: Priority.optional(),
    subject: Subject,
    customer: z.strictObject(Customer.shape),
    assignee: AgentName.optional(),
    createdAt: Instant,
    /** At most 50, because a ticket and its messages are written in one transaction. */
    messages: z
      .array(
        z.strictObject({
          kind: z.enum(['customer', 'reply', 'note']),
          agent: AgentName.optional(),
          text: MessageText,
          createdAt: Instant,
        }),
      )
      .min(1)
      .max(50),
  })
  .refine(reachable, unreachable)

export type NewTicket = z.infer<typeof NewTicket>
export type StaffMessage = z.infer<typeof StaffMessage>
export type TicketChange = z.infer<typeof TicketChange>
export type PageQuery = z.infer<typeof PageQuery>
export type TicketQuery = z.infer<typeof TicketQuery>
export type TicketRecord = z.infer<typeof TicketRecord>
