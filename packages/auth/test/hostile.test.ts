/** Whatever is sent as credentials: a 401, never a 500, never slow, and no trace of it in a log. */
import { definePlugin, start, StorageDriver, type App } from '@freeda/runtime'
import { memoryDriver } from '@freeda/runtime/driver'
import fc from 'fast-check'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiKeys, apiKeys, jwt } from '../src/index.ts'
import { audience, makeKey, sign } from './issuer.ts'
import { notes } from './notes.ts'

const issuer = 'https://issuer.example'
const key = await makeKey('known')
const memory = definePlugin({
  name: 'memory',
  freeda: '^1.0.0',
  provides: { storage: StorageDriver },
  setup: () => ({ storage: memoryDriver() }),
})
const lines: string[] = []
let app: App
let goodKey: string
let goodToken: string

beforeAll(async () => {
  app = await start({
    config: {
      name: 'test',
      server: { port: 0 },
      log: { level: 'debug' },
      plugins: [memory(), notes(), apiKeys(), jwt({ issuer, audience, jwks: { keys: [{ ...key.jwk }] } })],
    },
    mode: 'production',
    environment: {},
    signals: false,
    logTo: new Writable({
      write: (line: Buffer, _encoding, done) => {
        lines.push(line.toString())
        done()
      },
    }),
  })
  goodKey = (await app.get(ApiKeys).issue({ name: 'good' })).key
  goodToken = await sign({ iss: issuer }, key.privateKey, { alg: 'ES256', kid: 'known' })
})
afterAll(() => app.stop())

async function send(headers: Record<string, string | string[]>): Promise<number> {
  const req = request({ host: '127.0.0.1', port: app.port, path: '/notes', headers, agent: false })
  req.end()
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  res.resume()
  await once(res, 'end')
  return res.statusCode!
}

/** What node:http lets out, and a server lets in: a field value (RFC 9110, 5.5), bytes above 127 included. */
const fieldValue = fc.oneof(
  fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .map((code) => (code === 0x7f ? ' ' : String.fromCharCode(code))),
    maxLength: 300,
  }),
  fc.string({
    unit: fc.constantFrom('.', '_', '-', 'A', 'a', '0', '=', ' ', ',', '{', '"', 'é'),
    maxLength: 2_000,
  }),
)
const base64url = (text: string) => Buffer.from(text).toString('base64url')
const jsonText = fc.oneof(
  fc.json(),
  fc.constantFrom('', '{', 'null', '[]', '"x"', '{"alg":1}', '{"__proto__":{}}'),
)
const segment = fc.oneof(jsonText.map(base64url), fc.base64String({ maxLength: 50 }), fieldValue)
const header = fc
  .record(
    {
      alg: fc.oneof(
        fc.constantFrom('none', 'HS256', 'RS256', 'ES256', 'EdDSA', 'dir', 'toString', '__proto__'),
        fc.jsonValue(),
      ),
      kid: fc.oneof(fc.constant('known'), fc.jsonValue()),
      typ: fc.jsonValue(),
      crit: fc.jsonValue(),
      b64: fc.jsonValue(),
      jwk: fc.jsonValue(),
      jku: fc.jsonValue(),
      x5c: fc.jsonValue(),
      zip: fc.jsonValue(),
      enc: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  .map((value) => base64url(JSON.stringify(value)))
const token = fc.oneof(
  fc.array(segment, { maxLength: 6 }).map((parts) => parts.join('.')),
  fc.tuple(header, segment, segment).map((parts) => parts.join('.')),
  fc
    .tuple(
      header,
      jsonText.map(base64url),
      fc.base64String().map((text) => text.replaceAll(/[+/=]/g, 'A')),
    )
    .map((parts) => parts.join('.')),
)

const runs = { numRuns: 400 }

describe('credentials of any kind', () => {
  it('that are good are let in, so that the rest of this file means something', async () => {
    expect(await send({ 'x-api-key': goodKey })).toBe(200)
    expect(await send({ authorization: `Bearer ${goodToken}` })).toBe(200)
    expect(await send({ authorization: `Bearer ${goodToken}`, 'x-api-key': goodKey })).toBe(200)
  })

  it('as a bearer token are a 401', () =>
    fc.assert(
      fc.asyncProperty(token, async (text) => {
        expect(await send({ authorization: `Bearer ${text}` })).toBe(401)
      }),
      runs,
    ))

  it('as Authorization are a 401', () =>
    fc.assert(
      fc.asyncProperty(fieldValue, async (text) => {
        expect(await send({ authorization: text })).toBe(401)
      }),
      runs,
    ))

  it('as an API key are a 401, beside a good token too', () =>
    fc.assert(
      fc.asyncProperty(fieldValue, fc.boolean(), async (text, beside) => {
        const headers = { 'x-api-key': text, ...(beside ? { authorization: `Bearer ${goodToken}` } : {}) }
        expect(await send(headers)).toBe(401)
      }),
      runs,
    ))

  it('that are good but for one letter are a 401', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(), fc.constantFrom('A', 'z', '0', '-', '_', '.'), async (at, letter) => {
        const change = (good: string) => {
          const i = at % (good.length - 1) // The last letter of a base64url text may hold bits that nobody reads.
          return good[i] === letter ? `${good}.` : good.slice(0, i) + letter + good.slice(i + 1)
        }
        expect(await send({ authorization: `Bearer ${change(goodToken)}` })).toBe(401)
        expect(await send({ 'x-api-key': change(goodKey) })).toBe(401)
      }),
      { numRuns: 150 },
    ))

  it('that are given twice are never worth more than once', async () => {
    expect(await send({ 'x-api-key': [goodKey, goodKey] })).toBe(401)
    expect(await send({ 'x-api-key': ['wrong', goodKey] })).toBe(401)
    expect(await send({ authorization: ['Bearer wrong', `Bearer ${goodToken}`] })).toBe(401)
  })

  it('that are as long as a header may be are refused at once', async () => {
    const long = 14_000
    const startedMs = performance.now()
    const hostile = [
      'A'.repeat(long),
      '.'.repeat(long),
      'A.'.repeat(long / 2),
      `${base64url('{"alg":"ES256","kid":"known"}')}.${'A'.repeat(long)}.AA`,
      `${base64url(`{"alg":"ES256","kid":"${'['.repeat(long / 2)}"}`)}.AA.AA`,
      `${base64url('['.repeat(long / 2))}.AA.AA`,
      `key_${'A'.repeat(long)}`,
      ' '.repeat(long),
      '_'.repeat(long),
    ]
    for (const text of hostile) {
      expect(await send({ authorization: `Bearer ${text}` })).toBe(401)
      expect(await send({ 'x-api-key': text })).toBe(401)
    }
    expect(performance.now() - startedMs).toBeLessThan(2_000)
  })

  it('leave no trace in the log, and no request of all of them was a failure', () => {
    const log = lines.join('')
    expect(log).toContain('FREEDA_UNAUTHENTICATED')
    expect(log).not.toContain(goodKey.slice(-40))
    expect(log).not.toContain(goodToken.slice(-40))
    expect(lines.filter((line) => /"level":(50|60)/.test(line))).toEqual([])
    expect(lines.filter((line) => line.includes('a token could not be checked'))).toEqual([])
  })
})
