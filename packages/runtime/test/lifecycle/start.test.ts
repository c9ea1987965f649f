import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import { deferred } from '../deferred.ts'
import { definePlugin, Health, start, type App, type FreedaConfig } from '../../src/index.ts'

const quiet = new Writable({ write: (_chunk, _encoding, done) => done() })

async function started(config: FreedaConfig): Promise<App> {
  const app = await start({
    config: { ...config, server: { port: 0, ...(config.server as object) } },
    mode: 'test',
    environment: {},
    signals: false,
    logTo: quiet,
  })
  onTestFinished(() => app.stop().catch(() => {}))
  return app
}

/** A plugin with a route that answers when it is told to. */
function slow() {
  const arrived = deferred()
  const go = deferred()
  const plugin = definePlugin({
    name: 'slow',
    freeda: '^1.0.0',
    setup({ router }) {
      router.get('/', async (ctx) => {
        arrived.resolve()
        await go.promise
        ctx.body = 'done'
      })
      router.get('/fast', (ctx) => {
        ctx.body = 'fast'
      })
    },
  })
  return { plugin, arrived: arrived.promise, go: go.resolve }
}

describe('start', () => {
  it('listens only when every plugin is set up', async () => {
    const events: string[] = []
    const late = definePlugin({
      name: 'late',
      freeda: '^1.0.0',
      setup({ onStart }) {
        onStart(async () => {
          await new Promise(setImmediate)
          events.push('started')
        })
      },
    })
    const app = await started({ plugins: [late()] })
    expect(events).toEqual(['started'])
    expect(app.state).toBe('ready')
    expect((await fetch(`${app.url}/none`)).status).toBe(404)
  })

  it('says that a port is in use, and stops the plugins', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    let stopped = false
    const plugin = definePlugin({
      name: 'p',
      freeda: '^1.0.0',
      setup: ({ onStop }) => onStop(() => (stopped = true)),
    })
    await expect(started({ server: { port }, plugins: [plugin()] })).rejects.toMatchObject({
      code: 'FREEDA_LISTEN',
      message: expect.stringContaining(String(port)),
    })
    expect(stopped).toBe(true)
  })

  it('refuses routes that two plugins claim, naming both', async () => {
    const claim = (name: string) =>
      definePlugin({
        name,
        freeda: '^1.0.0',
        prefix: '/same',
        setup: ({ router }) => void router.get('/:id', () => {}),
      })()
    await expect(started({ plugins: [claim('one'), claim('two')] })).rejects.toMatchObject({
      code: 'FREEDA_ROUTE_CONFLICT',
      message: expect.stringMatching(/one.*two|two.*one/s),
    })
  })
})

describe('stop', () => {
  it('lets requests finish that are under way', async () => {
    const { plugin, arrived, go } = slow()
    const app = await started({ plugins: [plugin()] })
    const answer = fetch(`${app.url}/slow`)
    await arrived
    const stopped = app.stop()
    expect(app.state).toBe('draining')
    go()
    expect(await (await answer).text()).toBe('done')
    await stopped
    expect(app.state).toBe('stopped')
    await expect(fetch(`${app.url}/slow/fast`)).rejects.toThrow()
  })

  it('serves on with readiness red while it drains, and asks clients to close their connections', async () => {
    const { plugin } = slow()
    const app = await started({ server: { drain: 300 }, plugins: [plugin()] })
    const stopped = app.stop()
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      request(`${app.url}/slow/fast`, resolve).on('error', reject).end(),
    )
    expect([response.statusCode, response.headers.connection]).toEqual([200, 'close'])
    expect(await app.get(Health).readiness()).toMatchObject({ ok: false, state: 'draining' })
    response.resume()
    await stopped
  })

  it('cuts off what does not finish within the budget, and says so', async () => {
    const { plugin, arrived } = slow()
    const app = await started({ server: { shutdown: 200 }, plugins: [plugin()] })
    const answer = fetch(`${app.url}/slow`).then(
      () => 'answered',
      () => 'cut',
    )
    await arrived
    await expect(app.stop()).rejects.toThrow('1 requests were cut off')
    expect(await answer).toBe('cut')
  })
})
