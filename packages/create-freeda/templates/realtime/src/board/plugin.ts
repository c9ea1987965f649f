/** A board on which everybody writes lines, and which tells everybody of new ones. */
import { definePlugin, reply, type EventStream } from '@freeda/runtime'
import { z } from 'zod'
import { Line, linesCollection, NewLine, Recent } from './line.ts'

export const board = definePlugin({
  name: 'board',
  freeda: '^1.0.0',
  security: 'authenticated', // #if auth
  collections: { lines: linesCollection },
  setup({ collections: { lines }, router }) {
    // Of this process. With more than one, tell the others too: through a queue, or by asking storage.
    const readers = new Set<EventStream>()

    router.get(
      '/',
      { summary: 'The newest lines', query: Recent, response: z.object({ items: z.array(Line) }) },
      async ({ query }) => {
        const { items } = await lines.query({ order: 'desc', limit: query.limit })
        return { items }
      },
    )

    router.post(
      '/',
      { summary: 'Write a line', body: NewLine, response: { 201: Line } },
      async ({ body }) => {
        const line = await lines.create(body)
        for (const reader of readers) void reader.send({ event: 'line', id: line.id, data: line })
        return reply(201, line)
      },
    )

    router.get('/events', { summary: 'Every new line, as it comes' }, ({ ctx }) => {
      const stream = ctx.events()
      readers.add(stream)
      stream.closed.addEventListener('abort', () => readers.delete(stream), { once: true })
    })
  },
})
