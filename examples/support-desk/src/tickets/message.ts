/** A message of a ticket. Messages are documents of their own: a long conversation must not outgrow its ticket. */
import type { Stored } from '@freeda/runtime'
import { z } from 'zod'
import { AgentName, Timestamp } from './ticket.ts'

/** `note` is for staff only. */
export const MessageKind = z.enum(['customer', 'reply', 'note'])
export const MessageText = z.string().trim().min(1).max(10_000)

export const Message = z.object({
  ticketId: z.string(),
  /**
   * The same id, but absent on notes. The index on it is sparse, so a customer's page is full of messages that the
   * customer may read, rather than a page of everything with holes in it.
   */
  publicTicketId: z.string().optional(),
  kind: MessageKind,
  /** Who wrote a reply or a note. */
  agent: AgentName.optional(),
  text: MessageText,
  createdAt: Timestamp,
})

export type MessageKind = z.infer<typeof MessageKind>
export type Message = z.infer<typeof Message>
export type StoredMessage = Stored<Message>

/** Fills in the two ticket ids. */
export const messageOf = (
  ticketId: string,
  message: Omit<Message, 'ticketId' | 'publicTicketId'>,
): Message => ({ ...message, ticketId, publicTicketId: message.kind === 'note' ? undefined : ticketId })
