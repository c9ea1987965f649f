/** What can be wrong with a request about tickets. Codes are stable; clients may switch on them. */
import { httpProblem } from '@freeda/runtime'
import { transitions } from './transitions.ts'
import type { Status } from './ticket.ts'

export const ticketNotFound = (id: string) =>
  httpProblem(404, { code: 'ticket_not_found', detail: `There is no ticket ${id}.` })

export const transitionRefused = (from: Status, to: Status) =>
  httpProblem(409, {
    code: 'transition_refused',
    detail: `A ticket that is ${from} cannot become ${to}.`,
    extensions: { from, to, allowed: transitions[from] },
  })

export const ticketClosed = () =>
  httpProblem(409, { code: 'ticket_closed', detail: 'This ticket is closed; open a new one.' })
