/**
 * Brings tickets to the present, so that a demo always has tickets of today. Whole days only: people do not write at
 * three in the morning because the samples are old.
 */
export function shiftDates<T extends { createdAt: string; messages: readonly { createdAt: string }[] }>(
  tickets: readonly T[],
  nowMs: number,
): T[] {
  const times = tickets.flatMap(({ messages }) => messages.map((message) => Date.parse(message.createdAt)))
  const shiftMs = Math.floor((nowMs - Math.max(...times)) / dayMs) * dayMs
  const shifted = (timestamp: string) => new Date(Date.parse(timestamp) + shiftMs).toISOString()
  return tickets.map((ticket) => ({
    ...ticket,
    createdAt: shifted(ticket.createdAt),
    messages: ticket.messages.map((message) => ({ ...message, createdAt: shifted(message.createdAt) })),
  }))
}

const dayMs = 86_400_000
