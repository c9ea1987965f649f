/**
 * What leaves the app. Each view names every field that it shows, so that a new field of a ticket stays inside until
 * somebody decides otherwise.
 */
import { z } from 'zod'
import { AnalysisResult } from '../analysis/contract.ts'
import { MessageKind, MessageText, type StoredMessage } from './message.ts'
import { remainingMs } from './sla-clock.ts'
import {
  AgentName,
  Channel,
  Customer,
  ExternalId,
  Priority,
  Status,
  Subject,
  Timestamp,
  type StoredTicket,
} from './ticket.ts'
import { transitions } from './transitions.ts'

/** For whoever has the link: no internals, and not even the customer's own contact data. */
export const PublicTicket = z
  .object({
    id: z.string(),
    channel: Channel,
    status: Status,
    subject: Subject,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'PublicTicket' })

export const PublicMessage = z
  .object({
    id: z.string(),
    from: z.enum(['customer', 'support']),
    text: MessageText,
    createdAt: Timestamp,
  })
  .meta({ id: 'PublicMessage' })

export const StaffTicket = z
  .object({
    id: z.string(),
    version: z.int(),
    externalId: ExternalId.optional(),
    channel: Channel,
    status: Status,
    /** What the status may become. */
    nextStatuses: z.array(Status),
    priority: Priority,
    subject: Subject,
    customer: Customer,
    assignee: AgentName.optional(),
    analysis: AnalysisResult.optional(),
    sla: z.object({
      state: z.enum(['running', 'paused']),
      dueAt: Timestamp.optional(),
      /** Negative when late. */
      remainingMinutes: z.int(),
      breached: z.boolean(),
    }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'StaffTicket' })

export const StaffMessageView = z
  .object({
    id: z.string(),
    kind: MessageKind,
    agent: AgentName.optional(),
    text: MessageText,
    createdAt: Timestamp,
  })
  .meta({ id: 'StaffMessage' })

/** One page of a listing; `cursor` asks for the next one, and is absent on the last. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), cursor: z.string().optional() })

export const publicTicket = (ticket: StoredTicket): z.infer<typeof PublicTicket> => ({
  id: ticket.id,
  channel: ticket.channel,
  status: ticket.status,
  subject: ticket.subject,
  createdAt: ticket.createdAt,
  updatedAt: ticket.updatedAt,
})

export const publicMessage = (message: StoredMessage): z.infer<typeof PublicMessage> => ({
  id: message.id,
  from: message.kind === 'customer' ? 'customer' : 'support',
  text: message.text,
  createdAt: message.createdAt,
})

export const staffTicket = (ticket: StoredTicket, nowMs: number): z.infer<typeof StaffTicket> => {
  const leftMs = remainingMs(ticket, nowMs)
  return {
    id: ticket.id,
    version: ticket.version,
    externalId: ticket.externalId,
    channel: ticket.channel,
    status: ticket.status,
    nextStatuses: [...transitions[ticket.status]],
    priority: ticket.priority,
    subject: ticket.subject,
    customer: ticket.customer,
    assignee: ticket.assignee,
    analysis: ticket.analysis,
    sla: {
      state: ticket.slaState,
      dueAt: ticket.dueAt,
      remainingMinutes: Math.floor(leftMs / 60_000),
      breached: leftMs < 0,
    },
    createdAt: ticket.createdAt,
    updatedAt: ticket.updatedAt,
  }
}

export const staffMessage = (message: StoredMessage): z.infer<typeof StaffMessageView> => ({
  id: message.id,
  kind: message.kind,
  agent: message.agent,
  text: message.text,
  createdAt: message.createdAt,
})
