/** Checked by `tsc`, never run: what the storage contract lets plugins write. */
import { z } from 'zod'
import { collection, type CollectionOf, type Stored } from '../../src/storage.ts'

const Ticket = z.object({
  title: z.string(),
  status: z.enum(['open', 'closed']).default('open'),
  createdAt: z.date(),
  priority: z.union([z.number(), z.bigint()]).optional(),
  urgent: z.boolean().nullable(),
  tags: z.array(z.string()).default([]),
  author: z.object({ name: z.string() }),
})
const tickets = collection(Ticket, {
  name: 'tickets',
  ttl: 'createdAt',
  indexes: {
    byStatus: { partition: 'status', sort: 'createdAt' },
    byTitle: { partition: 'urgent', sort: 'title' },
    byUrgent: { partition: 'urgent' },
    byPriority: { partition: 'priority', unique: true },
  },
})
declare const c: CollectionOf<typeof tickets>
declare const notes: CollectionOf<ReturnType<typeof plain>>
const plain = () => collection(z.object({ text: z.string() }))

type Equal<A, B> = [A, B] extends [B, A] ? true : false
const same = <A, B>(_: Equal<A, B>): void => {}

export async function reading(limit: number | undefined, cursor: string | undefined) {
  const ticket = await c.get('a')
  same<typeof ticket, Stored<z.output<typeof Ticket>> | undefined>(true)
  // @ts-expect-error -- may be absent
  void ticket.title
  const id: string = ticket!.id
  const version: number = ticket!.version
  // @ts-expect-error -- what is read is not to be changed
  ticket!.title = 'new'
  void [id, version]

  await c.query()
  await c.query({ limit, cursor, order: undefined, range: undefined })
  await c.query({ range: { gte: 'a', lt: undefined } })
  await c.query({ range: { prefix: 'a' } })
  await c.query({
    index: 'byStatus',
    partition: 'open',
    range: { gte: new Date(), lt: new Date() },
    order: 'desc',
  })
  await c.query({ index: 'byTitle', partition: true, range: { prefix: 'Pri' } })
  await c.query({ index: 'byPriority', partition: 5n })
  for await (const each of c.iterate({ index: 'byUrgent', partition: true })) void each.author.name
}

export async function queriesThatAreNone() {
  // @ts-expect-error -- no such index
  await c.query({ index: 'byAuthor', partition: 'x' })
  // @ts-expect-error -- no index at all
  await notes.query({ index: 'byText', partition: 'x' })
  // @ts-expect-error -- a partition needs its index
  await c.query({ partition: 'open' })
  // @ts-expect-error -- an index is read one partition at a time
  await c.query({ index: 'byStatus' })
  // @ts-expect-error -- not a status
  await c.query({ index: 'byStatus', partition: 'lost' })
  // @ts-expect-error -- the partition of another type
  await c.query({ index: 'byUrgent', partition: 'yes' })
  // @ts-expect-error -- null is in no index
  await c.query({ index: 'byUrgent', partition: null })
  // @ts-expect-error -- a range of another type
  await c.query({ index: 'byStatus', partition: 'open', range: { gt: 5 } })
  // @ts-expect-error -- a prefix of what is no string
  await c.query({ index: 'byStatus', partition: 'open', range: { prefix: '2024' } })
  // @ts-expect-error -- no sort field
  await c.query({ index: 'byUrgent', partition: true, range: { gt: 'a' } })
  // @ts-expect-error -- a unique index has no sort field
  await c.query({ index: 'byPriority', partition: 5, range: { gt: 1 } })
  // @ts-expect-error -- ids are strings
  await c.query({ range: { gt: 5 } })
  // @ts-expect-error -- no ad-hoc filters
  await c.query({ title: 'x' })
  // @ts-expect-error -- no offset
  await c.query({ offset: 10 })
}

export async function writing(createdAt: Date) {
  const ticket = await c.create({ title: 'x', createdAt, urgent: null, author: { name: 'Ada' } })
  same<typeof ticket.status, 'open' | 'closed'>(true)
  await c.update('a', (current) => ({ ...current, status: 'closed' }))
  await c.put('a', { ...ticket, title: 'y' }, { ifVersion: ticket.version })
  const op = c.op.create({ title: 'x', createdAt, urgent: true, author: { name: 'Ada' } })
  void op.id
  c.op.check('a', { exists: true })
  c.op.check('a', { ifVersion: 1 })
  // @ts-expect-error -- one condition
  c.op.check('a', {})
  // @ts-expect-error -- a field is missing
  await c.create({ title: 'x', createdAt, urgent: null })
  // @ts-expect-error -- a field of another type
  await c.put('a', { title: 5, createdAt, urgent: null, author: { name: 'Ada' } })
  // @ts-expect-error -- not an option
  await c.put('a', ticket, { ifVerson: 1 })
}

export function declaring() {
  const options = [
    // @ts-expect-error -- no such field
    () => collection(Ticket, { indexes: { by: { partition: 'nobody' } } }),
    // @ts-expect-error -- a list has no order
    () => collection(Ticket, { indexes: { by: { partition: 'tags' } } }),
    // @ts-expect-error -- an object has no order
    () => collection(Ticket, { indexes: { by: { partition: 'status', sort: 'author' } } }),
    // @ts-expect-error -- a unique index has no sort field
    () => collection(Ticket, { indexes: { by: { partition: 'status', sort: 'title', unique: true } } }),
    // @ts-expect-error -- no such field
    () => collection(Ticket, { ttl: 'expires' }),
    // @ts-expect-error -- no object
    () => collection(z.string()),
  ]
  const open = z.looseObject({ email: z.string() })
  collection(open, { indexes: { byEmail: { partition: 'email', unique: true } } })
  // @ts-expect-error -- what an open schema does not declare
  collection(open, { indexes: { byName: { partition: 'name' } } })
  return options
}
