import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { send, serve } from './serve.ts'

const anything = z.unknown()

describe('the query string', () => {
  const query = () =>
    serve((router) => {
      router.get('/x', async (ctx) => {
        const values = (await ctx.readQuery(anything)) as object
        ctx.body = { values, prototype: Object.getPrototypeOf(values) as unknown }
      })
      router.get(
        '/typed',
        async (ctx) => void (ctx.body = await ctx.readQuery(z.object({ n: z.coerce.number() }))),
      )
    })

  it('gives single values as text and repeated ones as arrays, without a prototype', async () => {
    const served = await query()
    const { json: got } = await send(
      served,
      '/x?a=1&b=x%20y+z&c=1&c=2&c=3&d=&e&constructor=1&toString=2&%C3%BC=1',
    )
    expect(got['values']).toEqual({
      a: '1',
      b: 'x y z',
      c: ['1', '2', '3'],
      d: '',
      e: '',
      constructor: '1',
      toString: '2',
      ü: '1',
    })
    expect(got['prototype']).toBeNull()
  })

  it('may be missing', async () => {
    expect((await send(await query(), '/x')).json['values']).toEqual({})
    expect((await send(await query(), '/x?')).json['values']).toEqual({})
  })

  it('is validated, with the path of every problem', async () => {
    const served = await query()
    expect((await send(served, '/typed?n=5')).json).toEqual({ n: 5 })
    const answer = await send(served, '/typed?n=five')
    expect(answer.status).toBe(422)
    expect((answer.json['errors'] as { path: string }[])[0]?.path).toBe('query.n')
  })

  it('is 400 with more than 1,000 parameters', async () => {
    const served = await query()
    expect((await send(served, `/x?${'a&'.repeat(1_000)}`)).status).toBe(200)
    const answer = await send(served, `/x?${'a&'.repeat(1_001)}`)
    expect([answer.status, answer.json['code']]).toEqual([400, 'query_malformed'])
  })

  it('is 400 with __proto__', async () => {
    expect((await send(await query(), '/x?__proto__=1&__proto__=2')).status).toBe(400)
    expect((await send(await query(), '/x?%5F_proto__=1')).status).toBe(400)
  })
})
