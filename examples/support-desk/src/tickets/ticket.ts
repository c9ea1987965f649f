/** A ticket: its vocabulary and the document that is stored. */
import type { Stored } from '@freeda/runtime'
import { z } from 'zod'
import { AnalysisResult } from '../analysis/contract.ts'
import { SlaClock } from './sla-clock.ts'

export const Channel = z.enum(['chat', 'telephone', 'whatsapp', 'sms', 'email'])
/** `open`: somebody must look at it. `resolved` may come back, `closed` may not. See `transitions.ts`. */
export const Status = z.enum(['open', 'in_progress', 'waiting_customer', 'resolved', 'closed'])
export const Priority = z.enum(['low', 'normal', 'high', 'urgent'])

/** An instant as `2026-03-14T09:26:53.590Z`: one zone and one length, so that text order is time order. */
export const Timestamp = z.iso.datetime({ precision: 3 })
/** A calendar day in UTC, as `2026-03-14`. */
export const Day = z.iso.date()

export const Customer = z.object({
  name: z.string().trim().min(1).max(120),
  email: z.email().max(254).optional(),
  phone: z
    .string()
    .regex(/^\+?\d[\d ().-]{4,22}\d$/, 'Not a telephone number.')
    .optional(),
})
export const Subject = z.string().trim().min(1).max(200)
export const AgentName = z.string().trim().min(1).max(80)
export const ExternalId = z.string().trim().min(1).max(120)

export const Ticket = z.object({
  /** Its id in the system that it was imported from. */
  externalId: ExternalId.optional(),
  channel: Channel,
  status: Status,
  priority: Priority,
  subject: Subject,
  customer: Customer,
  assignee: AgentName.optional(),
  /** Absent when the provider of the analysis failed. */
  analysis: AnalysisResult.optional(),
  /** When the message was written that `analysis` is of, unless it is the first one. */
  analysedAt: Timestamp.optional(),
  ...SlaClock.shape,
  /** The `dueAt` of which it was said that it is over. */
  alarmedFor: Timestamp.optional(),
  createdAt: Timestamp,
  /** The day of `createdAt`; there for the index by day. */
  createdDay: Day,
  updatedAt: Timestamp,
})

export type Channel = z.infer<typeof Channel>
export type Status = z.infer<typeof Status>
export type Priority = z.infer<typeof Priority>
export type Customer = z.infer<typeof Customer>
export type Ticket = z.infer<typeof Ticket>
export type StoredTicket = Stored<Ticket>
