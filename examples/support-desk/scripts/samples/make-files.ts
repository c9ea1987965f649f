/** The sample files, from a seed: always the same ones. */
import type { Status } from '../../src/tickets/ticket.ts'
import { seeded, type Random } from './random.ts'
import { writeTicket, type SampleTicket } from './write-ticket.ts'

/** The samples end here; the demo moves them to the present. */
const untilMs = Date.parse('2026-11-20T17:30:00.000Z')
const spanDays = 150

/** Content by file name. */
export function makeFiles(): Readonly<Record<string, string>> {
  const random = seeded(20261120)
  return {
    'tickets.json': `${JSON.stringify(makeTickets(random, 'SD', 340), null, 2)}\n`,
    'tickets.ndjson': makeTickets(random, 'ND', 40)
      .map((ticket) => `${JSON.stringify(ticket)}\n`)
      .join(''),
    'tickets.csv': toCsv(makeTickets(random, 'CSV', 40)),
  }
}

function makeTickets(random: Random, prefix: string, count: number): SampleTicket[] {
  const times = Array.from({ length: count }, () => openingTime(random)).toSorted((a, b) => a - b)
  return times.map((createdAtMs, index) =>
    writeTicket(random, {
      externalId: `${prefix}-${10_001 + index}`,
      status: statusFor(random, (untilMs - createdAtMs) / 86_400_000),
      createdAtMs,
      untilMs,
    }),
  )
}

/** More of late than of old, mostly by day, fewer on Sundays. */
function openingTime(random: Random): number {
  const day = new Date(untilMs - random.next() ** 2 * spanDays * 86_400_000)
  if (day.getUTCDay() === 0 && random.chance(0.7)) return openingTime(random)
  const hour = random.chance(0.9) ? random.int(7, 21) : random.int(0, 23)
  const atMs = day.setUTCHours(hour, random.int(0, 59), random.int(0, 59), random.int(0, 999))
  return atMs > untilMs ? openingTime(random) : atMs
}

/** Old tickets are mostly closed, new ones mostly open. */
function statusFor(random: Random, ageDays: number): Status {
  if (ageDays < 3)
    return random.weighted({ open: 55, in_progress: 25, waiting_customer: 12, resolved: 8, closed: 0 })
  if (ageDays < 21)
    return random.weighted({ open: 22, in_progress: 22, waiting_customer: 24, resolved: 22, closed: 10 })
  return random.weighted({ open: 0.5, in_progress: 1.5, waiting_customer: 6, resolved: 24, closed: 68 })
}

/** One row a ticket, with its first message. */
function toCsv(tickets: readonly SampleTicket[]): string {
  const rows = tickets.map((ticket) => [
    ticket.externalId,
    ticket.channel,
    ticket.status,
    ticket.priority,
    ticket.subject,
    ticket.customer.name,
    ticket.customer.email,
    ticket.customer.phone,
    ticket.assignee,
    ticket.createdAt,
    ticket.messages[0]?.text,
  ])
  const header = [
    'externalId',
    'channel',
    'status',
    'priority',
    'subject',
    'customer.name',
    'customer.email',
    'customer.phone',
    'assignee',
    'createdAt',
    'text',
  ]
  return [header, ...rows].map((row) => `${row.map((cell = '') => quoted(cell)).join(',')}\n`).join('')
}

function quoted(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
