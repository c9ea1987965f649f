import type { HttpProblem, Logger } from '@freeda/runtime'
import { staffMessage } from '../tickets/views.ts'
import { followMessages } from './follow-messages.ts'
import { parsePosition, positionText } from './position.ts'
import type { LiveContext, StaffEvent, StaffSocket } from './staff-socket.ts'

/** More than anybody can look at. */
const maxFollowed = 50

/** Follows the tickets that a member of staff has open, until the socket closes. */
export async function followOverSocket(
  context: LiveContext,
  socket: StaffSocket,
  log: Logger,
): Promise<void> {
  const followed = new Map<string, AbortController>()
  const tell = (event: StaffEvent) => socket.send(event)

  const follow = async (ticketId: string, after: string | undefined, controller: AbortController) => {
    const { signal } = controller
    try {
      await context.tickets.get(ticketId)
      const following = { ticketId, reader: 'staff', after: parsePosition(after), signal } as const
      for await (const message of followMessages(context, following)) {
        const event = { ticket: ticketId, id: positionText(message), message: staffMessage(message) }
        if (signal.aborted || !(await tell({ type: 'message', ...event }))) return
      }
    } catch (err) {
      // It may be followed anew by now.
      if (followed.get(ticketId) === controller) followed.delete(ticketId)
      const { code = '', status = 500 } = err as Partial<HttpProblem>
      if (status >= 500) log.error({ err, ticketId }, 'a ticket could not be followed')
      if (!signal.aborted)
        await tell({ type: 'refused', ticket: ticketId, code: status >= 500 ? 'internal' : code })
    }
  }

  try {
    for await (const command of socket.messages) {
      const { ticket } = command
      if (command.type === 'unfollow') {
        followed.get(ticket)?.abort()
        followed.delete(ticket)
      } else if (followed.has(ticket)) {
        await tell({ type: 'refused', ticket, code: 'followed_already' })
      } else if (followed.size >= maxFollowed) {
        await tell({ type: 'refused', ticket, code: 'too_many' })
      } else {
        const controller = new AbortController()
        followed.set(ticket, controller)
        void follow(ticket, command.after, controller)
      }
    }
  } finally {
    for (const controller of followed.values()) controller.abort()
  }
}
