import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientNetwork, forwardedFor, forwardedProto } from '../../src/exchange/client-address.ts'
import { send, serve, type Settings } from './serve.ts'

const whoAmI = (settings: Settings = {}) =>
  serve((router) => {
    router.get('/who', (ctx) => {
      ctx.body = { ip: ctx.ip, ips: ctx.ips, protocol: ctx.protocol, secure: ctx.secure, host: ctx.host }
    })
  }, settings)

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6().filter((text) => !text.includes('.')),
)

describe('the address of a client', () => {
  it('is that of the connection when no proxy is trusted, whatever headers say', async () => {
    const app = await whoAmI()
    const headers = {
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
      host: 'api.example',
    }
    const { json } = await send(app, '/who', { headers })
    expect(json).toEqual({ ip: '127.0.0.1', ips: [], protocol: 'http', secure: false, host: 'api.example' })
  })

  it('is what the balancer saw, not what the client claims', async () => {
    const app = await whoAmI({ trustProxy: 1 })
    const headers = {
      'x-forwarded-for': '1.2.3.4, 203.0.113.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
      host: 'api.example',
    }
    const { json } = await send(app, '/who', { headers })
    expect(json).toEqual({
      ip: '203.0.113.7',
      ips: ['203.0.113.7'],
      protocol: 'https',
      secure: true,
      host: 'api.example',
    })
  })

  it('is what the gateway says in Forwarded, where that is the header of the proxies, and X-Forwarded-For means nothing', async () => {
    const app = await whoAmI({ trustProxy: 1, proxyHeader: 'forwarded' })
    const told = 'by=3.4.5.6;for=203.0.113.7;host=api.example;proto=https'
    for (const forwarded of [told, `for=1.2.3.4;proto=http, ${told}`, `for="1.2.3.4, ${told}`])
      expect(
        (await send(app, '/who', { headers: { forwarded, 'x-forwarded-for': '9.9.9.9' } })).json,
      ).toMatchObject({ ip: '203.0.113.7', ips: ['203.0.113.7'], protocol: 'https' })
    for (const forwarded of ['for=unknown', 'for=_hidden;proto=ftp', 'by=1.2.3.4', '', `${told},`])
      expect(
        (await send(app, '/who', { headers: { forwarded, 'x-forwarded-for': '9.9.9.9' } })).json,
      ).toMatchObject({ ip: '127.0.0.1', ips: [], protocol: 'http' })
    const v6 = 'For="[2001:db8:cafe::17]:4711";Proto=HTTPS'
    expect((await send(app, '/who', { headers: { forwarded: v6 } })).json).toMatchObject({
      ip: '2001:db8:cafe::17',
      protocol: 'https',
    })
  })

  it('is that of the connection when a trusted header is missing or makes no sense', async () => {
    const app = await whoAmI({ trustProxy: 1 })
    for (const value of [undefined, '', 'unknown', '203.0.113.7, ', '1.2.3.4, _hidden', '300.1.1.1'])
      expect(
        (await send(app, '/who', value === undefined ? {} : { headers: { 'x-forwarded-for': value } })).json,
      ).toMatchObject({ ip: '127.0.0.1', ips: [] })
  })

  it('is in the log line', async () => {
    const app = await whoAmI({ trustProxy: 1 })
    await send(app, '/who', { headers: { 'x-forwarded-for': '203.0.113.7' } })
    expect(app.logs.at(-1)).toMatchObject({ ip: '203.0.113.7', status: 200 })
  })

  it('cannot be forged, whatever the client sends before the proxies append', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789abcdef.:,[] "\t-_unkow') }),
        fc.array(address, { minLength: 1, maxLength: 5 }),
        (claimed, chain) => {
          const header = claimed === '' ? chain.join(', ') : `${claimed}, ${chain.join(', ')}`
          expect(forwardedFor(header, chain.length)).toEqual(chain)
        },
      ),
    )
  })

  it('is never anything but addresses, as many as there are proxies, or none', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 5 }), (header, hops) => {
        const found = forwardedFor(header, hops)
        expect([0, hops]).toContain(found.length)
      }),
    )
  })

  it('may come with a port', () => {
    expect(forwardedFor('203.0.113.7:4711', 1)).toEqual(['203.0.113.7'])
    expect(forwardedFor('[2001:db8::1]:4711', 1)).toEqual(['2001:db8::1'])
    expect(forwardedFor('[2001:db8::1]', 1)).toEqual(['2001:db8::1'])
  })
})

describe('the protocol of a client', () => {
  it.each([
    ['https', 1, 'https'],
    ['HTTP', 2, 'http'],
    ['https, http', 1, 'http'],
    ['http, https, http', 2, 'https'],
    ['javascript', 1, undefined],
    ['', 1, undefined],
    [undefined, 1, undefined],
  ])('of %j through %i proxies is %j', (header, hops, protocol) => {
    expect(forwardedProto(header, hops)).toBe(protocol)
  })
})

describe('what is counted as one client', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['', ''],
  ])('is for %j %j', (given, network) => {
    expect(clientNetwork(given)).toBe(network)
  })
})
