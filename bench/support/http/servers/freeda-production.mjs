/** Freeda as it is by default in production, with metrics and CORS. */
import { definePlugin, httpProblem, start } from '@freeda/runtime'
import { z } from 'zod'
import { serve } from '../serve.mjs'

const Item = z.object({
  name: z.string().min(1).max(100),
  price: z.number().min(0),
  tags: z.array(z.string().max(20)).max(10),
})
const Stored = Item.extend({ id: z.string() })

const items = definePlugin({
  name: 'items',
  freeda: '^1.0.0',
  setup({ router }) {
    const stored = new Map([['1', { id: '1', name: 'A lamp', price: 12.5, tags: ['home', 'light'] }]])
    let made = 1
    router.get('/:id', { params: z.object({ id: z.string().max(40) }), response: Stored }, ({ params }) => {
      const item = stored.get(params.id)
      if (item === undefined)
        throw httpProblem(404, { code: 'item_not_found', detail: 'There is no such item.' })
      return item
    })
    router.post('/', { body: Item, response: { 201: Stored } }, ({ body }) => {
      const item = { id: String(++made % 1000), ...body }
      stored.set(item.id, item)
      return item
    })
  },
})

serve(async () => {
  const app = await start({
    config: {
      name: 'bench',
      server: { port: 0, host: '127.0.0.1', drain: 0, cors: { origins: ['https://app.example.com'] } },
      metrics: { token: 'a-token-of-the-benchmark' },
      plugins: [items()],
    },
    signals: false,
  })
  return app.port
})
