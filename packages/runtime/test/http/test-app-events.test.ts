import { describe, expect, it } from 'vitest'
import { definePlugin, type EventStream } from '../../src/index.ts'
import { testApp } from '../../src/testing.ts'
import { parseEvents } from './read-events.ts'
import { until } from './serve.ts'

async function ticking() {
  const streams: EventStream[] = []
  const clock = definePlugin({
    name: 'clock',
    freeda: '^1.0.0',
    setup({ router }) {
      router.get('/', (ctx) => void streams.push(ctx.events()))
      router.get('/three', {}, ({ ctx }) =>
        ctx.events().sendAll(
          (async function* () {
            for (let n = 1; n <= 3; n++) yield { data: n }
          })(),
        ),
      )
    },
  })
  return { app: await testApp({ plugins: [clock()] }), streams }
}
const accept = { headers: { accept: 'text/event-stream' } }

describe('a test app without a socket', () => {
  it('gives a stream that ends as a whole', async () => {
    const { app } = await ticking()
    const response = await app.request('/clock/three')
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(parseEvents(await response.text()).map(({ data }) => data)).toEqual(['1', '2', '3'])
    await app.stop()
  })

  it('gives one that goes on bit by bit, until the client leaves', async () => {
    const { app, streams } = await ticking()
    const response = await app.request('/clock', accept)
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    for (const data of ['one', 'two']) {
      await streams[0]!.send({ data })
      while (!text.includes(data)) text += (await reader.read()).value
    }
    await reader.cancel()
    await until(() => streams[0]!.closed.aborted)
    await app.stop()
  })

  it('ends streams when it stops', async () => {
    const { app } = await ticking()
    const response = await app.request('/clock', accept)
    await app.stop()
    expect(await response.text()).toContain('retry: ')
  })

  it('gives a refusal as usual', async () => {
    const { app } = await ticking()
    expect(await (await app.request('/clock/nowhere', accept)).json()).toMatchObject({ status: 404 })
    await app.stop()
  })
})
