import { isFreedaError } from '@freeda/runtime'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contents, crashImage, freshFolder, killableFiles, open, type Opened } from './support.ts'

type Model = Map<string, { version: number; text: string }>

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e\u0000', '__proto__', '🦊')
const text = fc.string({ unit: 'binary', maxLength: 20 })
const step = fc.oneof(
  fc.record({ do: fc.constant('create' as const), id, text }),
  fc.record({ do: fc.constant('put' as const), id, text }),
  fc.record({ do: fc.constant('delete' as const), id }),
  fc.record({ do: fc.constant('transact' as const), ids: fc.uniqueArray(id, { minLength: 1 }), text }),
  fc.record({ do: fc.constant('crash' as const) }),
  fc.record({ do: fc.constant('close' as const) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Does one step on the model. */
function onModel(model: Model, step: Step): void {
  const write = (id: string, text: string) =>
    model.set(id, { version: (model.get(id)?.version ?? 0) + 1, text })
  if (step.do === 'put' || (step.do === 'create' && !model.has(step.id))) write(step.id, step.text)
  if (step.do === 'delete') model.delete(step.id)
  if (step.do === 'transact') for (const each of step.ids) write(each, step.text)
}

async function onStore({ notes, storage }: Opened, step: Step): Promise<void> {
  if (step.do === 'put') await notes.put(step.id, { text: step.text })
  if (step.do === 'delete') await notes.delete(step.id)
  if (step.do === 'transact')
    await storage.transact(step.ids.map((each) => notes.op.put(each, { text: step.text })))
  if (step.do === 'create')
    await notes.create({ text: step.text }, { id: step.id }).catch((error: unknown) => {
      if (!isFreedaError(error, 'FREEDA_CONFLICT')) throw error
    })
}

const expected = (model: Model) =>
  Object.fromEntries([...model].map(([each, { version, text }]) => [each, `${version} ${text}`]))

describe('a store and a plain map', () => {
  for (const [when, snapshotMinBytes] of Object.entries({ rare: 1e9, frequent: 300 }))
    it(`are equal after any writes, crashes and restarts, with snapshots ${when}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const model: Model = new Map()
          let directory = await freshFolder()
          let process = killableFiles()
          const start = () =>
            open(directory, { tuning: { snapshotMinBytes, files: process.files } }, { isKilled: true })
          let opened = await start()
          for (const each of [...steps, { do: 'crash' as const }, { do: 'close' as const }]) {
            onModel(model, each)
            await onStore(opened, each)
            if (each.do !== 'close' && each.do !== 'crash') continue
            if (each.do === 'close') await opened.driver.close()
            else {
              await process.kill()
              directory = await crashImage(directory)
              process = killableFiles()
            }
            opened = await start()
            expect(await contents(opened)).toEqual(expected(model))
          }
          await opened.driver.close()
        }),
        { numRuns: 60 },
      )
    })
})
