/** Plugin: bearer tokens that an issuer signed, as OpenID Connect providers do. */
import { definePlugin, type AuthScheme } from '@freeda/runtime'
import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { createSecretKey } from 'node:crypto'
import { tokenFrom } from './bearer.ts'
import { discoverKeys, isSafe } from './discover.ts'
import { issuerKeys, type IssuerKeys } from './issuer-keys.ts'
import { algorithmsOf, jwtOptions, type JwtOptions } from './jwt-options.ts'
import { verifyToken, type VerifyOptions } from './verify-token.ts'

const timeoutMs = 5_000
const refreshMs = 600_000
/** A token with a key that nobody knows may make the issuer be asked, but not more often. */
const cooldownMs = 30_000
const retryMs = 2_000

/** Recognises tokens by the keys of their issuer, or by a secret shared with it. */
export const jwt = definePlugin({
  name: 'jwt',
  freeda: '^1.0.0',
  options: jwtOptions,
  setup({ options, auth, health, log, mode, onStart }) {
    const address = addressOf(options)
    if (mode === 'production' && address !== undefined && !isSafe(address))
      throw new Error(`${address.href} is not https: anybody on the way could change the keys that it gives.`)
    const remote = remoteKeys(options)
    if (remote !== undefined) {
      // Tokens with known keys hold while the issuer is away, so the app is not less ready for it.
      health.ready(`${options.scheme} keys`, () => remote.check(), { critical: false })
      onStart(
        () =>
          void remote
            .check()
            .catch((err: unknown) => log.warn({ err }, 'the keys of the issuer are not there yet')),
      )
    }
    auth.scheme(
      schemeFrom(options, remote?.find ?? ownKey(options), (err) =>
        log.warn({ err }, 'a token could not be checked'),
      ),
    )
  },
})

function schemeFrom(
  options: JwtOptions,
  key: VerifyOptions['key'],
  unexpected: (error: unknown) => void,
): AuthScheme {
  const { issuer, audience, clockTolerance, scopesClaim, header, prefix, scheme } = options
  const standard = header === 'authorization' && prefix.toLowerCase() === 'bearer'
  const challenge = prefix === '' ? `Token header="${header}"` : prefix
  const verifying: VerifyOptions = {
    key,
    scopesClaim,
    challenge,
    unexpected,
    jwt: {
      algorithms: algorithmsOf(options),
      clockTolerance,
      // A token that never expires could never be taken back.
      requiredClaims: ['exp', 'sub'],
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    },
  }
  return {
    name: scheme,
    openapi: standard
      ? { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }
      : { type: 'apiKey', in: 'header', name: header, description: `\`${`${prefix} <token>`.trim()}\`` },
    challenge,
    async authenticate({ headers }) {
      const token = tokenFrom(headers[header], prefix)
      return token === undefined ? undefined : verifyToken(token, verifying)
    },
  }
}

/** Where keys come from, if they come from somewhere. */
function addressOf({ issuer, jwksUrl, jwks, secret }: JwtOptions): URL | undefined {
  if (secret !== undefined || jwks !== undefined) return undefined
  return new URL(jwksUrl ?? issuer!)
}

function remoteKeys(options: JwtOptions): IssuerKeys | undefined {
  const { issuer, jwksUrl, jwks, secret, scheme } = options
  if (secret !== undefined || jwks !== undefined) return undefined
  const locate = async () => (jwksUrl === undefined ? discoverKeys(issuer!, timeoutMs) : new URL(jwksUrl))
  return issuerKeys({ locate, scheme, timeoutMs, refreshMs, cooldownMs, retryMs })
}

/** A KeyObject, since jose would read bytes into a key again for every token. */
const ownKey = ({ jwks, secret }: JwtOptions): VerifyOptions['key'] =>
  secret !== undefined ? createSecretKey(secret, 'utf8') : createLocalJWKSet(jwks as unknown as JSONWebKeySet)
