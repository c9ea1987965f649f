/** A board on which everybody writes lines, and which tells everybody of new ones, on whatever instance they are. */
import { Bus, definePlugin, reply } from '@freeda/runtime'
import { z } from 'zod'
import { Line, linesCollection, NewLine, Recent } from './line.ts'
import { followLines } from './follow-lines.ts'

export const board = definePlugin({
  name: 'board',
  freeda: '^1.0.0',
  security: 'authenticated', // #if auth
  collections: { lines: linesCollection },
  needs: { bus: Bus },
  setup({ collections: { lines }, needs: { bus }, router }) {
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
        await bus.publish('lines', line)
        return reply(201, line)
      },
    )

    router.get('/events', { summary: 'Every new line, as it comes' }, ({ ctx }) =>
      followLines(ctx.events(), { lines, bus }),
    )
  },
})
