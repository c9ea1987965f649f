/** Many writers at once: somebody wins, nothing is lost. */
import assert from 'node:assert/strict'
import { isFreedaError } from '../../errors.ts'
import { ids, type Case } from './fixture.ts'

const times = <T>(count: number, make: (at: number) => Promise<T>) =>
  Promise.allSettled(Array.from({ length: count }, (_, at) => make(at)))

/** The values of those that succeeded; every other must have failed with a conflict. */
function winners<T>(outcomes: PromiseSettledResult<T>[]): T[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return [outcome.value]
    assert(isFreedaError(outcome.reason, 'FREEDA_CONFLICT'), String(outcome.reason))
    return []
  })
}

const increment = (current: Readonly<Record<string, unknown>>) => ({
  ...current,
  n: (current['n'] as number) + 1,
})

export const concurrencyCases: readonly Case[] = [
  {
    name: 'lets exactly one of many concurrent creates win',
    async run({ notes }) {
      const won = winners(await times(20, (by) => notes.create({ by }, { id: 'a' })))
      assert.equal(won.length, 1)
      assert.deepEqual(await notes.get('a'), won[0])
    },
  },
  {
    name: 'lets exactly one of many writers with the same version win',
    async run({ notes }) {
      await notes.put('a', { by: 'nobody' })
      const won = winners(await times(20, (by) => notes.put('a', { by }, { ifVersion: 1 })))
      assert.equal(won.length, 1)
      assert.deepEqual(await notes.get('a'), won[0])
    },
  },
  {
    name: 'lets exactly one of many deletes find the document',
    async run({ notes }) {
      await notes.put('a', {})
      const outcomes = winners(await times(10, () => notes.delete('a')))
      assert.equal(outcomes.filter(Boolean).length, 1)
    },
  },
  {
    name: 'gives each of many concurrent puts its own version',
    async run({ notes }) {
      const won = winners(await times(20, (by) => notes.put('a', { by })))
      assert.deepEqual(
        won.map(({ version }) => version).toSorted((a, b) => a - b),
        Array.from({ length: 20 }, (_, at) => at + 1),
      )
      assert.deepEqual(
        await notes.get('a'),
        won.find(({ version }) => version === 20),
      )
    },
  },
  {
    name: 'loses none of many concurrent updates of one process',
    async run({ notes }) {
      await notes.put('a', { n: 0 })
      await Promise.all(Array.from({ length: 100 }, () => notes.update('a', increment)))
      assert.deepEqual(await notes.get('a'), { id: 'a', version: 101, n: 100 })
    },
  },
  {
    name: 'loses none of the concurrent updates of several processes',
    async run({ notes, another }) {
      await notes.put('a', { n: 0 })
      const others = [notes, another().notes, another().notes]
      await Promise.all(
        others.map(async (each) => {
          for (let at = 0; at < 10; at++) await each.update('a', increment)
        }),
      )
      assert.deepEqual(await notes.get('a'), { id: 'a', version: 31, n: 30 })
    },
  },
  {
    name: 'lets exactly one of many take a unique value',
    needs: ['transactions'],
    async run({ users }) {
      const won = winners(
        await times(10, (at) => users.create({ email: 'ada@example.org' }, { id: `u${at}` })),
      )
      assert.equal(won.length, 1)
      assert.deepEqual(await ids(users.iterate()), [won[0]!.id])
    },
  },
  {
    name: 'keeps the sum when concurrent transactions move amounts',
    needs: ['transactions'],
    async run({ notes, storage }) {
      const accounts = ['a', 'b', 'c']
      for (const id of accounts) await notes.put(id, { amount: 100 })
      await times(12, async (at) => {
        const [from, to] = await notes.getMany([accounts[at % 3]!, accounts[(at + 1) % 3]!])
        await storage.transact([
          notes.op.put(from!.id, { amount: (from!['amount'] as number) - 5 }, { ifVersion: from!.version }),
          notes.op.put(to!.id, { amount: (to!['amount'] as number) + 5 }, { ifVersion: to!.version }),
        ])
      })
      const amounts = (await notes.getMany(accounts)).map((note) => note!['amount'] as number)
      assert.equal(
        amounts.reduce((sum, amount) => sum + amount),
        300,
      )
    },
  },
]
