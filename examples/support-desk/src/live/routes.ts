/** Conversations as they go on: a stream of events for each, and for staff one socket for many. */
import type { PluginRouter, RequestContext } from '@freeda/runtime'
import { staffOnly } from '../staff/contract.ts'
import type { StoredMessage } from '../tickets/message.ts'
import { TicketId } from '../tickets/requests.ts'
import { publicMessage, staffMessage } from '../tickets/views.ts'
import { followMessages, type Following } from './follow-messages.ts'
import { followOverSocket } from './follow-over-socket.ts'
import { parsePosition, positionText } from './position.ts'
import { StaffCommand, type LiveContext } from './staff-socket.ts'

export function liveRoutes(router: PluginRouter, context: LiveContext): void {
  const events =
    (reader: Following['reader'], view: (message: StoredMessage) => unknown) =>
    async ({ params: { id }, ctx }: { params: { id: string }; ctx: RequestContext }) => {
      await context.tickets.get(id)
      const stream = ctx.events()
      const after = parsePosition(stream.lastEventId)
      const messages = followMessages(context, { ticketId: id, reader, after, signal: stream.closed })
      await stream.sendAll(eventsOf(messages, view))
    }

  router.get(
    '/tickets/:id/events',
    { params: TicketId, summary: 'The conversation, and every new message as it comes', tags: ['live'] },
    events('customer', publicMessage),
  )

  router.get(
    '/staff/tickets/:id/events',
    {
      params: TicketId,
      summary: 'The same with notes, for staff',
      tags: ['live'],
      security: staffOnly,
    },
    events('staff', staffMessage),
  )

  router.ws('/staff/live', { message: StaffCommand, security: staffOnly }, async ({ socket, log }) =>
    followOverSocket(context, socket, log),
  )
}

async function* eventsOf(messages: AsyncIterable<StoredMessage>, view: (message: StoredMessage) => unknown) {
  for await (const message of messages) yield { id: positionText(message), data: view(message) }
}
