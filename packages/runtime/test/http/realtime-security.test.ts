import { describe, expect, it } from 'vitest'
import { definePlugin, FreedaError, start, type Socket } from '../../src/index.ts'
import { connectTo, refusalOf } from './connect-socket.ts'
import { listenTo } from './read-events.ts'
import { atEnd, send, until } from './serve.ts'

/** `Authorization: <id>:<scope>`; `wrong` does not hold. */
const provider = definePlugin({
  name: 'provider',
  freeda: '^1.0.0',
  setup({ auth }) {
    auth.scheme({
      name: 'plain',
      openapi: { type: 'http', scheme: 'plain' },
      challenge: 'Plain',
      authenticate({ headers }) {
        if (headers.authorization === undefined) return Promise.resolve(undefined)
        const [id = '', ...scopes] = headers.authorization.split(':')
        if (id === 'wrong') throw new FreedaError('FREEDA_UNAUTHENTICATED', { reason: 'No.' })
        return Promise.resolve({ id, scopes, claims: {} })
      },
    })
  },
})

async function serveRooms() {
  const sockets: Socket[] = []
  let stopped = false
  const rooms = definePlugin({
    name: 'rooms',
    freeda: '^1.0.0',
    security: 'authenticated',
    setup({ router, onStop }) {
      router.ws('/socket', {}, ({ socket, principal }) => {
        sockets.push(socket)
        void socket.send(principal?.id)
      })
      router.ws('/admin', { security: { scopes: ['admin'] } }, () => undefined)
      router.get('/events', {}, async ({ ctx, principal }) => {
        await ctx.events().send({ data: principal?.id })
      })
      onStop(() => {
        stopped = true
      })
    },
  })
  const app = await start({
    config: {
      name: 'test',
      plugins: [provider(), rooms()],
      server: { port: 0, drain: 0 },
      log: { level: 'silent' },
    },
    mode: 'test',
    environment: {},
    signals: false,
  })
  atEnd(() => app.stop())
  return { app, sockets, stopped: () => stopped }
}
const as = (authorization: string) => ({ headers: { authorization } })

describe('security of a WebSocket', () => {
  it('is looked at before the upgrade', async () => {
    const { app, sockets } = await serveRooms()
    const anonymous = await refusalOf(app, '/rooms/socket')
    expect(anonymous).toMatchObject({ status: 401, json: { code: 'FREEDA_UNAUTHENTICATED' } })
    expect(anonymous.headers['www-authenticate']).toContain('Plain')
    expect((await refusalOf(app, '/rooms/socket', as('wrong'))).status).toBe(401)
    expect(await refusalOf(app, '/rooms/admin', as('ann:user'))).toMatchObject({ status: 403 })
    expect(sockets).toEqual([])
  })

  it('lets the handler know who is calling', async () => {
    const { app } = await serveRooms()
    const client = await connectTo(app, '/rooms/socket', as('ann'))
    await until(() => client.received.length === 1)
    expect(client.received).toEqual(['ann'])
    await connectTo(app, '/rooms/admin', as('bob:admin'))
  })
})

describe('security of a stream of events', () => {
  it('is that of its route', async () => {
    const { app } = await serveRooms()
    expect((await send(app, '/rooms/events')).status).toBe(401)
    const client = await listenTo(app, '/rooms/events', { authorization: 'ann' })
    await until(() => client.events.length === 1)
    expect(client.events[0]?.data).toBe('ann')
  })
})

describe('stopping an app with open connections', () => {
  it('takes a fraction of its time, and no plugin stops before they are told', async () => {
    const { app, sockets, stopped } = await serveRooms()
    const socket = await connectTo(app, '/rooms/socket', as('ann'))
    const events = await listenTo(app, '/rooms/events', { authorization: 'ann' })
    await until(() => sockets.length === 1 && events.events.length === 1)
    sockets[0]!.closed.addEventListener('abort', () => expect(stopped()).toBe(false))
    const startedAt = performance.now()
    await app.stop()
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    await until(() => socket.end && events.ended)
    expect(socket.end?.code).toBe(1001)
    expect(events.text).toContain('retry: ')
    expect(stopped()).toBe(true)
  })
})
