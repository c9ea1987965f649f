/**
 * The public keys of an issuer. jose fetches and reads them; when to fetch stands here, because jose's own rule lets an
 * issuer that is away for ten minutes take the app with it, and asks it again for every token while it is away.
 */
import { FreedaError } from '@freeda/runtime'
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'

export interface IssuerKeysOptions {
  /** Where the keys are; asked before each load until one succeeds. */
  readonly locate: () => Promise<URL>
  readonly scheme: string
  /** Of one request to the issuer. */
  readonly timeoutMs: number
  /** After how long the keys are loaded again, behind the back of requests. */
  readonly refreshMs: number
  /** How long nothing is loaded after a load, whatever tokens ask for. */
  readonly cooldownMs: number
  /** The same after a load that failed. */
  readonly retryMs: number
  readonly now?: () => number
}

export interface IssuerKeys {
  /** The key for a token. @throws FREEDA_AUTH_UNAVAILABLE when it may be one that could not be loaded; jose's errors */
  readonly find: JWTVerifyGetKey
  /** @throws why there are no fresh keys */
  check(): Promise<void>
}

interface Loaded {
  readonly find: JWTVerifyGetKey
  readonly atMs: number
}

export function issuerKeys(options: IssuerKeysOptions): IssuerKeys {
  const { locate, scheme, timeoutMs, refreshMs, cooldownMs, retryMs, now = () => performance.now() } = options
  let loaded: Loaded | undefined
  let pending: Promise<void> | undefined
  let triedAtMs = -Infinity
  /** Of the last load. */
  let failure: unknown

  async function fetchKeys(): Promise<void> {
    try {
      const url = await locate()
      const remote = createRemoteJWKSet(url, { timeoutDuration: timeoutMs })
      await remote.reload()
      loaded = { find: createLocalJWKSet(remote.jwks()!), atMs: now() }
      failure = undefined
    } catch (error) {
      failure = error
    } finally {
      triedAtMs = now()
      pending = undefined
    }
  }

  /** One load at a time, and none while it is too early; never throws. */
  const load = (): Promise<void> | undefined =>
    pending ??
    (now() - triedAtMs < (failure === undefined ? cooldownMs : retryMs) ? undefined : (pending = fetchKeys()))

  const unavailable = () =>
    new FreedaError(
      'FREEDA_AUTH_UNAVAILABLE',
      { scheme, reason: `the keys of the issuer could not be loaded: ${textOf(failure)}` },
      { cause: failure },
    )

  return {
    async find(header, token) {
      if (loaded === undefined) await load()
      else if (now() - loaded.atMs >= refreshMs) void load()
      if (loaded === undefined) throw unavailable()
      try {
        return await loaded.find(header, token)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
        // Perhaps a key of after the last load.
        await load()
        if (failure !== undefined) throw unavailable()
        return loaded.find(header, token)
      }
    },
    async check() {
      if (loaded === undefined || now() - loaded.atMs >= refreshMs || failure !== undefined) await load()
      if (failure !== undefined) throw failure
    },
  }
}

const textOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))
