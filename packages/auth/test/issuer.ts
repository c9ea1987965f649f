/** An issuer of tokens on loopback, port 0, which can rotate its keys, fail, hang and lie. */
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'

interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

const releases: (() => unknown)[] = []
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release()
})

export async function makeKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** `null` leaves a claim out. */
export type Claims = Readonly<Record<string, unknown>>

export const audience = 'https://api.example.com'

export async function startIssuer(first: SigningKey) {
  let keys: readonly SigningKey[] = [first]
  let behave: 'well' | 'fail' | 'hang' | 'lie' | 'garble' = 'well'
  let jwksRequests = 0
  let discoveries = 0
  const hanging = new Set<ServerResponse>()
  const server = createServer((req, res) => {
    if (req.url === '/jwks') jwksRequests++
    else discoveries++
    if (behave === 'hang') return void hanging.add(res)
    if (behave === 'fail') return void res.writeHead(500).end('no')
    res.setHeader('content-type', 'application/json')
    if (behave === 'garble') return void res.end('<html>')
    if (req.url === '/jwks') return void res.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }))
    if (req.url !== '/.well-known/openid-configuration') return void res.writeHead(404).end()
    res.end(
      JSON.stringify({ issuer: behave === 'lie' ? 'https://evil.example' : url, jwks_uri: `${url}/jwks` }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async () => {
    if (!server.listening) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  releases.push(close)

  return {
    url,
    get jwksRequests() {
      return jwksRequests
    },
    get discoveries() {
      return discoveries
    },
    set behave(next: typeof behave) {
      behave = next
      if (next !== 'hang') for (const res of hanging) res.destroy()
    },
    set keys(next: readonly SigningKey[]) {
      keys = next
    },
    close,
    /** A good token but for what `claims` say. */
    sign: (claims: Claims = {}, key: SigningKey = keys[0]!, header: object = {}) =>
      sign({ iss: url, ...claims }, key.privateKey, { alg: key.alg, kid: key.kid, ...header }),
  }
}

export type Issuer = Awaited<ReturnType<typeof startIssuer>>

export async function sign(
  claims: Claims,
  key: CryptoKey | Uint8Array,
  header: { alg: string; kid?: string },
): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1000)
  const all = { sub: 'ann', aud: audience, iat: nowSeconds, exp: nowSeconds + 300, ...claims }
  const said = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null))
  const kept = Object.fromEntries(Object.entries(header).filter(([, value]) => value !== null))
  return new SignJWT(said).setProtectedHeader(kept as { alg: string }).sign(key)
}
