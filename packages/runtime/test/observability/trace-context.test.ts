import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseTraceparent } from '../../src/exchange/trace-context.ts'
import { definePlugin } from '../../src/index.ts'
import { testApp } from '../../src/testing.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'

describe('traceparent', () => {
  it('is understood as W3C says', () => {
    expect(parseTraceparent(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId })
    expect(parseTraceparent(`00-${traceId}-${spanId}-00`)).toEqual({ traceId, spanId })
    expect(parseTraceparent(`01-${traceId}-${spanId}-01-what-comes-next`)).toEqual({ traceId, spanId })
  })

  it.each([
    ['a version 00 that goes on', `00-${traceId}-${spanId}-01-more`],
    ['the version ff', `ff-${traceId}-${spanId}-01`],
    ['capitals', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['two headers', `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`],
    ['a newer version without a dash', `01-${traceId}-${spanId}-01more`],
    ['something before', ` 00-${traceId}-${spanId}-01`],
    ['a line end', `00-${traceId}-${spanId}-01\n`],
    ['nothing', ''],
  ])('is ignored with %s', (_, header) => {
    expect(parseTraceparent(header)).toBeUndefined()
  })

  it('never makes ids of anything else', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const parsed = parseTraceparent(header)
        if (parsed !== undefined) expect(header).toContain(`-${parsed.traceId}-${parsed.spanId}-`)
      }),
    )
  })
})

describe('log lines', () => {
  const talkative = definePlugin({
    name: 'talk',
    freeda: '^1.0.0',
    setup: ({ router }) =>
      void router.get('/', (ctx) => {
        ctx.log.info('hello')
        ctx.body = 'hello'
      }),
  })

  async function linesFor(headers: Record<string, string>) {
    const app = await testApp({ plugins: [talkative()] })
    onTestFinished(() => app.stop())
    await app.request('/talk', { headers })
    return app.logs.filter(({ msg }) => msg === 'hello' || msg === 'request')
  }

  it("carry the caller's trace, the handler's lines and the request's own, beside the request id", async () => {
    const lines = await linesFor({ traceparent: `00-${traceId}-${spanId}-01`, 'x-request-id': 'mine' })
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(line).toMatchObject({ traceId, spanId, requestId: 'mine' })
  })

  it('carry none when there is none, or when it is not well formed', async () => {
    for (const headers of [{}, { traceparent: `00-${traceId}-evil"} {-01` }])
      for (const line of await linesFor(headers)) {
        expect(line).not.toHaveProperty('traceId')
        expect(line).not.toHaveProperty('spanId')
      }
  })
})
