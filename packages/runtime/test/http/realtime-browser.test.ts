/** Streams and sockets with the client that they are made for. Debian: `apt-get install chromium`. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { definePlugin, start, type App } from '../../src/index.ts'

const executablePath = '/usr/bin/chromium'
const flags =
  '--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run'
const there = existsSync(executablePath)
if (!there) console.warn(`skipped: real time in a browser, as there is no ${executablePath}`)

const seen: (string | undefined)[] = []
const live = definePlugin({
  name: 'live',
  freeda: '^1.0.0',
  setup({ router }) {
    router.get('/page', (ctx) => {
      ctx.type = 'html'
      ctx.set('Content-Security-Policy', "default-src 'self'; connect-src *")
      ctx.cookies.set('session', '1')
      ctx.body = '<!doctype html><title>Live</title>'
    })
    // Counts on from where the client was, and breaks off after every second event.
    router.get('/events', {}, async ({ ctx }) => {
      const stream = ctx.events()
      seen.push(stream.lastEventId)
      const first = Number(stream.lastEventId ?? 0) + 1
      await stream.send({ id: String(first), data: `line ${first}\nof two`, retry: 20 })
      await stream.send({ event: 'even', id: String(first + 1), data: { n: first + 1 } })
      stream.close()
    })
    router.ws('/socket', { protocols: ['echo'] }, async ({ socket, ctx }) => {
      await socket.send(`${socket.protocol} ${ctx.get('cookie')}`)
      for await (const message of socket.messages) await socket.send(message)
    })
  },
})

const startApp = () =>
  start({
    config: {
      name: 'live',
      plugins: [live()],
      server: { port: 0, host: '127.0.0.1' },
      log: { level: 'silent' },
    },
    mode: 'test',
    environment: {},
    signals: false,
  })

describe.skipIf(!there)('in Chromium', () => {
  let app: App
  let other: App
  let browser: Awaited<ReturnType<typeof chromium.launch>>

  beforeAll(async () => {
    app = await startApp()
    other = await startApp()
    browser = await chromium.launch({ executablePath, args: flags.split(' ') })
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await app?.stop()
    await other?.stop()
  })

  const pageOf = async ({ url }: App) => {
    const page = await browser.newPage()
    await page.goto(`${url}/live/page`)
    return page
  }

  it('an EventSource comes back by itself, and goes on where it was', { timeout: 30_000 }, async () => {
    const page = await pageOf(app)
    const events = await page.evaluate(`new Promise((resolve) => {
      const source = new EventSource('/live/events')
      const events = []
      const keep = ({ type, lastEventId, data }) => {
        events.push([type, lastEventId, data])
        if (events.length === 6) { source.close(); resolve(events) }
      }
      source.addEventListener('message', keep)
      source.addEventListener('even', keep)
    })`)
    expect(events).toEqual([
      ['message', '1', 'line 1\nof two'],
      ['even', '2', '{"n":2}'],
      ['message', '3', 'line 3\nof two'],
      ['even', '4', '{"n":4}'],
      ['message', '5', 'line 5\nof two'],
      ['even', '6', '{"n":6}'],
    ])
    expect(seen.slice(0, 3)).toEqual([undefined, '2', '4'])
  })

  const talk = (url: string) => `new Promise((resolve) => {
    const socket = new WebSocket(${JSON.stringify(`${url.replace('http', 'ws')}/live/socket`)}, ['echo'])
    const received = []
    socket.onopen = () => socket.send('größe')
    socket.onmessage = ({ data }) => received.push(data) === 2 && socket.close(4000, 'enough')
    socket.onclose = ({ code, reason, wasClean }) => resolve({ received, code, reason, wasClean })
  })`

  it('a WebSocket of a page works with the host that the page is from', { timeout: 30_000 }, async () => {
    const page = await pageOf(app)
    expect(await page.evaluate(talk(app.url))).toEqual({
      received: ['echo session=1', 'größe'],
      code: 4000,
      reason: 'enough',
      wasClean: true,
    })
  })

  it(
    'a page of somebody else gets none, although the browser sends cookies',
    { timeout: 30_000 },
    async () => {
      const page = await pageOf(other)
      expect(await page.evaluate(talk(app.url))).toMatchObject({ received: [], code: 1006 })
    },
  )
})
