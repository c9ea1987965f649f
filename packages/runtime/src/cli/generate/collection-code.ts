/** The code of a new collection, and of its test. */
import type { Names } from './names.ts'

export const collectionCode = ({
  kebab,
  camel,
  type,
  noun,
}: Names): string => `/** Each ${noun}, as it is kept. */
import { collection } from '@freeda/runtime'
import { z } from 'zod'

export const ${type} = z.object({
  name: z.string().min(1).max(200),
  status: z.enum(['open', 'closed']).default('open'),
  createdAt: z.iso.datetime(),
})

export const ${camel} = collection(${type}, {
  name: '${kebab}',
  indexes: { byStatus: { partition: 'status', sort: 'createdAt' } },
})
`

export const collectionTestCode = (
  { camel }: Names,
  from: string,
): string => `import { definePlugin } from '@freeda/runtime'
import { testApp } from '@freeda/runtime/testing'
import { expect, it } from 'vitest'
import { ${camel} } from '${from}'

it('lists those of one status by time', async () => {
  const owner = definePlugin({ name: 'owner', freeda: '^1.0.0', collections: { ${camel} } })
  const app = await testApp({ plugins: [owner()] })
  const documents = app.collection(${camel})
  await documents.create({ name: 'Second', createdAt: '2026-02-02T10:00:00Z' })
  await documents.create({ name: 'First', createdAt: '2026-01-01T10:00:00Z' })
  await documents.create({ name: 'Done', status: 'closed', createdAt: '2026-01-15T10:00:00Z' })

  const { items } = await documents.query({ index: 'byStatus', partition: 'open' })
  expect(items.map(({ name }) => name)).toEqual(['First', 'Second'])
  await app.stop()
})
`
