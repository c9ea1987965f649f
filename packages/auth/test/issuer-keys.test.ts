import { decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { issuerKeys } from '../src/issuer-keys.ts'
import { audience, makeKey, startIssuer, type Issuer } from './issuer.ts'

const first = await makeKey('first')
const second = await makeKey('second')

/** Keys with a clock that the test moves. */
function keysOf(issuer: Issuer, timeoutMs = 5_000) {
  let nowMs = 0
  const keys = issuerKeys({
    locate: async () => new URL(`${issuer.url}/jwks`),
    scheme: 'jwt',
    timeoutMs,
    refreshMs: 600_000,
    cooldownMs: 30_000,
    retryMs: 2_000,
    now: () => nowMs,
  })
  const verify = async (token: string) => {
    try {
      await jwtVerify(token, keys.find, { audience })
      return 'holds'
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  return { keys, verify, wait: (ms: number) => void (nowMs += ms) }
}

describe('the keys of an issuer', () => {
  it('are loaded once for many tokens, and again for a key that was not there', async () => {
    const issuer = await startIssuer(first)
    const { verify, wait } = keysOf(issuer)
    const tokens = await Promise.all(Array.from({ length: 20 }, () => issuer.sign()))
    expect(new Set(await Promise.all(tokens.map(verify)))).toEqual(new Set(['holds']))
    expect(issuer.jwksRequests).toBe(1)
    issuer.keys = [second, first]
    wait(30_000)
    expect(await verify(await issuer.sign())).toBe('holds')
    expect(await verify(tokens[0]!)).toBe('holds')
    expect(issuer.jwksRequests).toBe(2)
  })

  it('are not loaded for every token with a made-up key', async () => {
    const issuer = await startIssuer(first)
    const { verify, wait } = keysOf(issuer)
    await verify(await issuer.sign())
    const unknown = await Promise.all(
      Array.from({ length: 50 }, (_, i) => issuer.sign({}, second, { kid: `made-up-${i}` })),
    )
    expect(decodeProtectedHeader(unknown[3]!).kid).toBe('made-up-3')
    for (const token of unknown) expect(await verify(token)).toBe('ERR_JWKS_NO_MATCHING_KEY')
    expect(issuer.jwksRequests).toBe(1)
    wait(30_000)
    await Promise.all(unknown.map(verify))
    for (const token of unknown) await verify(token)
    expect(issuer.jwksRequests).toBe(2)
  })

  it.each(['fail', 'garble', 'hang'] as const)(
    'that are known go on to hold while the issuer is away (%s), for as long as that takes',
    async (behaviour) => {
      const issuer = await startIssuer(first)
      const { keys, verify, wait } = keysOf(issuer, 1_000)
      expect(await verify(await issuer.sign())).toBe('holds')
      issuer.behave = behaviour
      for (let hour = 0; hour < 3; hour++) {
        wait(3_600_000)
        const token = await issuer.sign()
        const startedMs = performance.now()
        expect(await verify(token)).toBe('holds')
        expect(performance.now() - startedMs, 'no request waits for the issuer').toBeLessThan(900)
        await expect(keys.check()).rejects.toThrow()
      }
      wait(2_000)
      expect(await verify(await issuer.sign({}, second))).toBe('FREEDA_AUTH_UNAVAILABLE')
      issuer.behave = 'well'
      issuer.keys = [second]
      wait(2_000)
      expect(await verify(await issuer.sign())).toBe('holds')
      await keys.check()
      expect(await verify(await issuer.sign({}, first))).toBe('ERR_JWKS_NO_MATCHING_KEY')
    },
  )

  it('are asked for every two seconds, not at every request, while they were never there', async () => {
    const issuer = await startIssuer(first)
    issuer.behave = 'fail'
    const { verify, wait } = keysOf(issuer)
    const token = await issuer.sign()
    for (let i = 0; i < 30; i++) expect(await verify(token)).toBe('FREEDA_AUTH_UNAVAILABLE')
    expect(issuer.jwksRequests).toBe(1)
    issuer.behave = 'well'
    wait(2_000)
    expect(await verify(token)).toBe('holds')
  })

  it('are unavailable when nobody listens there', async () => {
    const issuer = await startIssuer(first)
    const token = await issuer.sign()
    const { verify } = keysOf(issuer)
    await issuer.close()
    expect(await verify(token)).toBe('FREEDA_AUTH_UNAVAILABLE')
  })
})
