/** Which status may follow which. */
import type { Status } from './ticket.ts'

export const transitions: Readonly<Record<Status, readonly Status[]>> = {
  open: ['in_progress', 'waiting_customer', 'resolved', 'closed'],
  in_progress: ['open', 'waiting_customer', 'resolved'],
  waiting_customer: ['open', 'in_progress', 'resolved', 'closed'],
  resolved: ['open', 'closed'],
  closed: [],
}

/** Staying is always allowed. */
export const mayBecome = (from: Status, to: Status): boolean => from === to || transitions[from].includes(to)

/** Whether the ball is with us; the SLA clock runs then. */
export const isOurs = (status: Status): boolean => status === 'open' || status === 'in_progress'

/** A customer who writes wants somebody to look: back to `open`, unless somebody is at it already. */
export const statusAfterCustomer = (status: Status): Status =>
  status === 'in_progress' ? 'in_progress' : 'open'
