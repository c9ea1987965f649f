/** Random plugins against one rule: nothing runs for a caller who may not call the route that it runs for. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { definePlugin, type Lock, type Principal, type Security } from '../../src/index.ts'
import { testApp } from '../../src/testing.ts'

type Ran = { readonly name: string; readonly needs: readonly string[] }

/** What each security demands of a caller: scopes, of which `in` stands for being known at all. */
const securities: readonly (readonly [Security | undefined, readonly string[]])[] = [
  [undefined, []],
  ['public', []],
  ['optional', []],
  ['authenticated', ['in']],
  [{ scopes: ['a'] }, ['in', 'a']],
  [{ scopes: ['a', 'b'] }, ['in', 'a', 'b']],
]
const locks: readonly (readonly [Lock | undefined, readonly string[]])[] = [
  [undefined, []],
  ['authenticated', ['in']],
  [{ scopes: ['b'] }, ['in', 'b']],
]

const paths = ['/x', '/:id', '/x/y', '/:id/y', '/{*rest}']
const requests = ['/x', '/z', '/x/y', '/z/y', '/x/y/z']
const callers: readonly (Pick<Principal, 'id' | 'scopes'> | undefined)[] = [
  undefined,
  { id: 'none', scopes: [] },
  { id: 'a', scopes: ['a'] },
  { id: 'b', scopes: ['b'] },
  { id: 'all', scopes: ['a', 'b'] },
]

const layer = fc.record({
  kind: fc.constantFrom('route', 'koa', 'all', 'use', 'nested'),
  path: fc.constantFrom(...paths),
  security: fc.constantFrom(...securities),
  goesOn: fc.boolean(),
})
const app = fc.record({
  layers: fc.array(layer, { minLength: 1, maxLength: 6 }),
  own: fc.constantFrom(...securities),
  lock: fc.constantFrom(...locks),
  late: fc.nat({ max: 2 }),
})
type App = typeof app extends fc.Arbitrary<infer T> ? T : never

/** @param open without any security, to compare with */
function notes({ layers, own, lock, late }: App, ran: Ran[], open: boolean) {
  const seen = new Set<string>()
  const needsOf = ({ kind, security }: App['layers'][number]) => [
    ...new Set([...(kind === 'route' && security[0] !== undefined ? security[1] : own[1]), ...lock[1]]),
  ]
  // Middleware may run for any of the routes; what they all need, it needs.
  const routes = layers.filter(({ kind }) => kind !== 'use').map(needsOf)
  const everywhere = (routes[0] ?? []).filter((need) => routes.every((needs) => needs.includes(need)))
  let addLate = () => {}
  const plugin = definePlugin({
    name: 'notes',
    freeda: '^1.0.0',
    prefix: '/',
    ...(open || own[0] === undefined ? {} : { security: own[0] }),
    setup({ router }) {
      const add = (one: App['layers'][number], i: number) => {
        // The same method and path twice would be a conflict at boot.
        if (one.kind !== 'use' && seen.has(one.path)) return
        if (one.kind !== 'use') seen.add(one.path)
        const needs = one.kind === 'use' ? everywhere : needsOf(one)
        const name = `${i} ${one.kind} ${one.path}`
        const run = (ctx: { body: unknown }, next: () => Promise<unknown>) => {
          ran.push({ name, needs })
          if (one.goesOn || one.kind === 'use') return next()
          ctx.body = name
          return undefined
        }
        if (one.kind === 'use') router.use(run as never)
        else if (one.kind === 'all') router.all(one.path, run as never)
        else if (one.kind === 'koa') router.get(one.path, run as never)
        else if (one.kind === 'nested') {
          const inner = new (router.constructor as new (options: object) => typeof router)({
            sensitive: true,
          })
          inner.get(one.path, run as never)
          router.use(inner.routes())
        } else {
          const spec = open || one.security[0] === undefined ? {} : { security: one.security[0] }
          router.get(one.path, spec, () => {
            ran.push({ name, needs })
            return name
          })
        }
      }
      const early = layers.length - late
      for (const [i, one] of layers.slice(0, early).entries()) add(one, i)
      addLate = () => {
        for (const [i, one] of layers.slice(early).entries()) add(one, early + i)
      }
    },
  })
  const settings = open || lock[0] === undefined ? {} : { security: lock[0] }
  return { use: plugin({}, settings), addLate: () => addLate() }
}

async function outcomes(model: App, open: boolean) {
  const ran: Ran[] = []
  const { use, addLate } = notes(model, ran, open)
  await using testing = await testApp({ plugins: [use], docs: false })
  addLate()
  const all = []
  for (const path of requests)
    for (const caller of callers) {
      ran.length = 0
      const answer = await testing.request(path, caller === undefined ? {} : { as: caller })
      all.push({ path, caller, status: answer.status, text: await answer.text(), ran: [...ran] })
    }
  return all
}

const withoutId = (text: string) => text.replace(/"requestId":"[^"]*"/, '')

it(
  'lets nothing run for a caller who lacks what it needs, and changes nothing for one who has it all',
  () =>
    fc.assert(
      fc.asyncProperty(app, async (model) => {
        const [guarded, open] = [await outcomes(model, false), await outcomes(model, true)]
        for (const [i, { path, caller, status, ran, text }] of guarded.entries()) {
          const has = caller === undefined ? [] : ['in', ...caller.scopes]
          for (const { name, needs } of ran)
            expect(
              needs.filter((need) => !has.includes(need)),
              `${name} ran on ${path} for ${caller?.id}`,
            ).toEqual([])
          if (caller?.id === 'all')
            expect([status, withoutId(text), ran]).toEqual([
              open[i]!.status,
              withoutId(open[i]!.text),
              open[i]!.ran,
            ])
          else expect([200, 401, 403, 404]).toContain(status)
        }
      }),
      { numRuns: 80 },
    ),
  60_000,
)
