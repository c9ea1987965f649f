import { Health, type PluginUse } from '@freeda/runtime'
import { testApp, type TestApp } from '@freeda/runtime/testing'
import { exportSPKI, importSPKI } from 'jose'
import { describe, expect, it } from 'vitest'
import { jwt } from '../src/index.ts'
import { audience, makeKey, sign, startIssuer, type Claims } from './issuer.ts'
import { notes } from './notes.ts'

const boot = (plugin: PluginUse) => testApp({ plugins: [notes(), plugin] })
const call = (app: TestApp, token: string, method = 'GET') =>
  app.request('/notes', { method, headers: { authorization: `Bearer ${token}` } })
const statusOf = async (app: TestApp, token: string, method = 'GET') =>
  (await call(app, token, method)).status
const now = () => Math.floor(Date.now() / 1000)

const first = await makeKey('first')
const second = await makeKey('second')
const rsa = await makeKey('rsa', 'RS256')

describe('jwt, with the keys of an issuer', () => {
  it('lets in whom the issuer vouches for, with the scopes and claims of the token', async () => {
    const issuer = await startIssuer(first)
    await using app = await boot(jwt({ issuer: issuer.url, audience, jwksUrl: `${issuer.url}/jwks` }))
    const answer = await call(app, await issuer.sign({ scope: 'notes:read notes:write', team: 'blue' }))
    expect(await answer.json()).toMatchObject({
      id: 'ann',
      scheme: 'jwt',
      scopes: ['notes:read', 'notes:write'],
      claims: { team: 'blue', iss: issuer.url },
    })
    expect(await statusOf(app, await issuer.sign({ scope: 'notes:write' }), 'POST')).toBe(200)
    expect(await statusOf(app, await issuer.sign({ scope: ['notes:write'] }), 'POST')).toBe(200)
    for (const scope of [null, '', 'notes:writer', ['notes:read'], { 'notes:write': true }, 7])
      expect(await statusOf(app, await issuer.sign({ scope }), 'POST')).toBe(403)
  })

  it('finds the keys by discovery when it knows only the issuer, and reads scopes from any claim', async () => {
    const issuer = await startIssuer(rsa)
    await using app = await boot(jwt({ issuer: issuer.url, audience, scopesClaim: 'permissions' }))
    expect(await statusOf(app, await issuer.sign({ permissions: ['notes:write'] }), 'POST')).toBe(200)
    expect(await statusOf(app, await issuer.sign())).toBe(200)
    expect([issuer.discoveries, issuer.jwksRequests]).toEqual([1, 1])
  })

  it('does not believe a discovery document of another issuer', async () => {
    const issuer = await startIssuer(first)
    issuer.behave = 'lie'
    await using app = await boot(jwt({ issuer: issuer.url, audience }))
    expect(await statusOf(app, await issuer.sign())).toBe(503)
    expect(issuer.jwksRequests).toBe(0)
  })

  it.each<[string, (at: string) => Claims, string]>([
    ['has expired', () => ({ exp: now() - 10 }), 'The token has expired.'],
    ['is not valid yet', () => ({ nbf: now() + 60 }), 'The token is not valid here: see its "nbf".'],
    ['is of another issuer', (at) => ({ iss: `${at}/` }), 'The token is not valid here: see its "iss".'],
    ['is for another app', () => ({ aud: 'https://other' }), 'The token is not valid here: see its "aud".'],
    ['is for nobody', () => ({ sub: null }), 'The token is not valid here: see its "sub".'],
    ['is for an empty name', () => ({ sub: '' }), 'The token does not say whose it is.'],
    ['never expires', () => ({ exp: null }), 'The token is not valid here: see its "exp".'],
    ['expires at a word', () => ({ exp: 'soon' }), 'The token is not valid here: see its "exp".'],
  ])('refuses a token that %s', async (_, claims, detail) => {
    const issuer = await startIssuer(first)
    await using app = await boot(jwt({ issuer: issuer.url, audience, clockTolerance: 0 }))
    const answer = await call(app, await issuer.sign(claims(issuer.url)))
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ detail, code: 'FREEDA_UNAUTHENTICATED' })
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
  })

  it('accepts clocks that differ a little, and one of several audiences', async () => {
    const issuer = await startIssuer(first)
    await using app = await boot(jwt({ issuer: issuer.url, audience: ['a', audience], clockTolerance: 30 }))
    expect(
      await statusOf(app, await issuer.sign({ exp: now() - 10, nbf: now() + 10, aud: ['x', 'a'] })),
    ).toBe(200)
    expect(await statusOf(app, await issuer.sign({ exp: now() - 40 }))).toBe(401)
  })

  it('refuses other algorithms: none, a secret made of the public key, and those that are not on the list', async () => {
    const issuer = await startIssuer(rsa)
    await using app = await boot(jwt({ issuer: issuer.url, audience, algorithms: ['RS256'] }))
    const good = await issuer.sign()
    expect(await statusOf(app, good)).toBe(200)
    const [, payload] = good.split('.') as [string, string]
    const none = (alg: string) => Buffer.from(JSON.stringify({ alg, kid: 'rsa' })).toString('base64url')
    for (const alg of ['none', 'None', 'NONE', '']) {
      expect(await statusOf(app, `${none(alg)}.${payload}.`)).toBe(401)
      expect(await statusOf(app, `${none(alg)}.${payload}.AA`)).toBe(401)
    }
    const pem = await exportSPKI(await importSPKI(await publicPem(rsa.jwk), 'RS256', { extractable: true }))
    for (const secret of [pem, pem.trim(), JSON.stringify(rsa.jwk), String(rsa.jwk.n)]) {
      const forged = await sign({ iss: issuer.url }, new TextEncoder().encode(secret), {
        alg: 'HS256',
        kid: 'rsa',
      })
      expect(await statusOf(app, forged)).toBe(401)
    }
    issuer.keys = [rsa, first]
    expect(await statusOf(app, await issuer.sign({}, first))).toBe(401)
  })

  it('refuses a token that brings its own key, or a good one that was changed', async () => {
    const issuer = await startIssuer(first)
    await using app = await boot(jwt({ issuer: issuer.url, audience }))
    const own = await issuer.sign({}, second, {
      kid: 'first',
      jwk: second.jwk,
      jku: 'https://evil.example/jwks',
    })
    expect(await statusOf(app, own)).toBe(401)
    const [header, payload, signature] = (await issuer.sign()).split('.') as [string, string, string]
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url')
    expect(await statusOf(app, `${header}.${changed}.${signature}`)).toBe(401)
    expect(await statusOf(app, `${header}.${payload}.${signature.slice(0, -4)}AAAA`)).toBe(401)
  })

  it('tries all keys that fit when a token names none', async () => {
    const issuer = await startIssuer(first)
    issuer.keys = [first, second]
    await using app = await boot(jwt({ issuer: issuer.url, audience }))
    for (const key of [first, second])
      expect(await statusOf(app, await issuer.sign({}, key, { kid: null }))).toBe(200)
    const stranger = await makeKey('stranger')
    expect(await statusOf(app, await issuer.sign({}, stranger, { kid: null }))).toBe(401)
  })

  it('takes other schemes of Authorization for none of its business', async () => {
    const issuer = await startIssuer(first)
    await using app = await boot(jwt({ issuer: issuer.url, audience }))
    const send = (authorization: string) => app.request('/notes/either', { headers: { authorization } })
    expect(await (await send('Basic YTpi')).json()).toEqual({ caller: null })
    expect(await (await send(`bearer ${await issuer.sign()}`)).json()).toEqual({ caller: 'ann' })
    for (const wrong of ['Bearer', 'Bearer ', 'bearer x', 'Bearer a b c'])
      expect((await send(wrong)).status).toBe(401)
    const missing = await app.request('/notes')
    expect(missing.headers.get('www-authenticate')).toBe('Bearer')
  })

  it('starts although the issuer is away: 503 until it is there, and readiness stays green', async () => {
    const issuer = await startIssuer(first)
    issuer.behave = 'fail'
    await using app = await boot(jwt({ issuer: issuer.url, audience }))
    const answer = await call(app, await issuer.sign())
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(await answer.json()).toMatchObject({ code: 'FREEDA_AUTH_UNAVAILABLE' })
    expect(await statusOf(app, 'malformed')).toBe(401)
    const readiness = await app.get(Health).readiness()
    expect(readiness).toMatchObject({ ok: true, checks: [{ name: 'jwt keys', ok: false, critical: false }] })
  })
})

describe('an issuer that hangs', () => {
  it('is given up with the request: 503, never 401', async () => {
    const issuer = await startIssuer(first)
    issuer.behave = 'hang'
    const token = await issuer.sign()
    const plugin = jwt({ issuer: issuer.url, audience })
    await using app = await testApp({ plugins: [notes(), plugin], server: { handlerTimeout: 100 } })
    expect(await (await call(app, token)).json()).toMatchObject({
      status: 503,
      code: 'FREEDA_REQUEST_TIMEOUT',
    })
  })
})

describe('jwt, with keys of its own', () => {
  it('takes the keys from the config', async () => {
    const options = { issuer: 'https://issuer.example', audience }
    await using app = await boot(jwt({ ...options, jwks: { keys: [{ ...first.jwk }, { ...rsa.jwk }] } }))
    for (const key of [first, rsa]) {
      const token = await sign({ iss: options.issuer }, key.privateKey, { alg: key.alg, kid: key.kid })
      expect(await statusOf(app, token)).toBe(200)
    }
    const stranger = await sign({ iss: options.issuer }, second.privateKey, { alg: 'ES256', kid: 'second' })
    expect(await statusOf(app, stranger)).toBe(401)
  })

  it('takes a secret, and the word that the API of the app uses', async () => {
    const secret = 'a secret of at least 32 bytes, as it must be'
    await using app = await boot(jwt({ secret, prefix: 'Token', scheme: 'user' }))
    const token = await sign({ aud: null }, new TextEncoder().encode(secret), { alg: 'HS256' })
    const send = (authorization: string) => app.request('/notes', { headers: { authorization } })
    expect((await send(`Token ${token}`)).status).toBe(200)
    expect((await send(`Bearer ${token}`)).status).toBe(401)
    const wrong = await send(`Token ${token.slice(0, -2)}`)
    expect(wrong.headers.get('www-authenticate')).toBe('Token error="invalid_token"')
    const stronger = await sign({}, new TextEncoder().encode(secret.repeat(2)), { alg: 'HS512' })
    expect((await send(`Token ${stronger}`)).status).toBe(401)
  })
})

describe('options that make no sense', () => {
  it.each<[string, object, RegExp]>([
    ['nothing', {}, /expected an issuer, or one of/],
    ['an issuer without an audience', { issuer: 'https://a.example' }, /expected the `aud`/],
    ['keys without an issuer', { jwksUrl: 'https://a.example/jwks', audience }, /expected the `iss`/],
    ['an issuer to be discovered that is no URL', { issuer: 'me', audience }, /expected an http\(s\) URL/],
    ['two sources', { secret: 's'.repeat(32), jwks: { keys: [{}] } }, /expected one of `secret`/],
    ['a short secret', { secret: 's'.repeat(31) }, /at least 32 bytes/],
    [
      'a secret too short for its algorithm',
      { secret: 's'.repeat(32), algorithms: ['HS512'] },
      /at least 64 bytes/,
    ],
    [
      'public keys with a secret algorithm',
      { issuer: 'https://a.example', audience, algorithms: ['HS256'] },
      /not for public keys/,
    ],
    [
      'a secret with a public algorithm',
      { secret: 's'.repeat(32), algorithms: ['RS256'] },
      /not for a secret/,
    ],
    ['none', { secret: 's'.repeat(32), algorithms: ['none'] }, /algorithms/],
    ['a typing mistake', { isuer: 'https://a.example', secret: 's'.repeat(32) }, /issuer/],
  ])('%s is refused before anything runs', async (_, options, message) => {
    await expect(boot(jwt(options as never))).rejects.toThrow(message)
  })
})

async function publicPem(jwk: object): Promise<string> {
  const { createPublicKey } = await import('node:crypto')
  return createPublicKey({ key: jwk as never, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString()
}
