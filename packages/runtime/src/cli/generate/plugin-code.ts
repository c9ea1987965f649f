/** The code of a new plugin, and of its test. */
import type { Names } from './names.ts'

export const pluginCode = ({ kebab, camel, type, noun }: Names): string => `/** Keeps each ${noun}. */
import { collection, definePlugin, httpProblem, reply } from '@freeda/runtime'
import { z } from 'zod'

export const ${type} = z.object({ name: z.string().min(1).max(200) })
const Stored${type} = ${type}.extend({ id: z.string(), version: z.number() }).meta({ id: '${type}' })
const ById = z.object({ id: z.string() })
const Listing = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().optional(),
})

export const ${camel} = definePlugin({
  name: '${kebab}',
  freeda: '^1.0.0',
  collections: { documents: collection(${type}, { name: '${kebab}' }) },
  setup({ collections: { documents }, router }) {
    router.get(
      '/',
      {
        summary: 'The newest first',
        query: Listing,
        response: z.object({ items: z.array(Stored${type}), cursor: z.string().optional() }),
      },
      ({ query }) => documents.query({ order: 'desc', limit: query.limit, cursor: query.cursor }),
    )

    router.post('/', { summary: 'Add one', body: ${type}, response: { 201: Stored${type} } }, async ({ body }) => {
      const added = await documents.create(body)
      return reply(201, added, { location: \`/${kebab}/\${added.id}\` })
    })

    router.get('/:id', { summary: 'Read one', params: ById, response: Stored${type} }, async ({ params }) => {
      const found = await documents.get(params.id)
      if (found === undefined) throw httpProblem(404, { code: 'not_found', detail: 'There is no such ${noun}.' })
      return found
    })
  },
})
`

export const pluginTestCode = (
  { kebab, camel }: Names,
  from: string,
): string => `import { testApp } from '@freeda/runtime/testing'
import { expect, it } from 'vitest'
import { ${camel} } from '${from}'

it('gives back what was added', async () => {
  const app = await testApp({ plugins: [${camel}()] })
  const created = await app.request('/${kebab}', { method: 'POST', json: { name: 'First' } })
  expect(created.status).toBe(201)

  const read = await app.request(created.headers.get('location') ?? '')
  expect(await read.json()).toMatchObject({ name: 'First', version: 1 })

  const listed = await app.request('/${kebab}')
  expect(await listed.json()).toMatchObject({ items: [{ name: 'First' }] })
  await app.stop()
})

it('refuses what is incomplete, and changes nothing', async () => {
  const app = await testApp({ plugins: [${camel}()] })
  const refused = await app.request('/${kebab}', { method: 'POST', json: {} })
  expect(refused.status).toBe(422)

  const listed = await app.request('/${kebab}')
  expect(await listed.json()).toEqual({ items: [] })
  await app.stop()
})
`
