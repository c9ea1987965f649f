/** A small app that keeps notes in DynamoDB: what is deployed, rolled and killed in these tests. */
import { health } from '@freeda/health'
import { collection, definePlugin, reply } from '@freeda/runtime'
import { dynamodb } from '@freeda/storage-dynamodb'
import { z } from 'zod'

const Note = z.object({ text: z.string().min(1) })

const notes = definePlugin({
  name: 'notes',
  freeda: '^1.0.0',
  collections: { notes: collection(Note, { shards: 4 }) },
  setup({ collections: { notes }, router }) {
    router.post('/', { body: Note }, async ({ body }) => reply(201, await notes.create(body)))
    router.get('/:id', { params: z.object({ id: z.string() }) }, async (input, ctx) => {
      return (await notes.get(input.params.id)) ?? ctx.throw(404)
    })
  },
})

export default ({ env }) => ({
  name: 'notes',
  server: { port: env.port('PORT', 3000), host: '127.0.0.1', drain: '1s', shutdown: '10s' },
  plugins: [
    dynamodb({ table: env('TABLE_NAME'), endpoint: env('DYNAMO_ENDPOINT', undefined), prepare: 'create' }),
    health(),
    notes(),
  ],
})
