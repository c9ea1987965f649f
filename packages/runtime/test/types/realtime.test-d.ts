/** Types of event streams and WebSockets: checked by `npm run typecheck`. Nothing here runs. */
import { z } from 'zod'
import { definePlugin } from '../../src/index.ts'

definePlugin({
  name: 'live',
  freeda: '^1.0.0',
  setup({ router }) {
    router.ws('/plain/:id', {}, async ({ params, query, socket, signal }) => {
      params['id'] satisfies string | undefined
      query satisfies undefined
      signal satisfies AbortSignal
      for await (const message of socket.messages) message satisfies string | Buffer
    })

    router.ws(
      '/typed/:id',
      {
        params: z.object({ id: z.coerce.number() }),
        query: z.object({ since: z.string().optional() }),
        message: z.discriminatedUnion('type', [
          z.object({ type: z.literal('say'), text: z.string() }),
          z.object({ type: z.literal('leave') }),
        ]),
      },
      async ({ params, query, socket }) => {
        params.id satisfies number
        query.since satisfies string | undefined
        for await (const message of socket.messages)
          if (message.type === 'say') message.text satisfies string
          else message satisfies { type: 'leave' }
      },
    )

    // @ts-expect-error nobody knows this option
    router.ws('/x', { mesage: z.string() }, () => undefined)

    router.get('/events', {}, async ({ ctx }) => {
      const stream = ctx.events({ heartbeatMs: 5_000 })
      stream.lastEventId satisfies string | undefined
      const more: boolean = await stream.send({ data: { any: 'thing' }, id: '1' })
      // @ts-expect-error an event has data
      await stream.send({ id: '1' })
      return more ? undefined : stream.close()
    })
  },
})
