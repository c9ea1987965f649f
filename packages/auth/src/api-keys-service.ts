/** What other plugins do with API keys, and the token by which they ask for it. */
import { service, type Service } from '@freeda/runtime'

/** An API key without its secret, which nobody can look up. */
export interface ApiKeyInfo {
  /** Also the id of the principal; stays when the key is rotated. */
  readonly id: string
  /** For people: what it is for. */
  readonly name: string
  readonly scopes: readonly string[]
  readonly createdAt: Date
  readonly expiresAt?: Date
  /** To the hour. */
  readonly lastUsedAt?: Date
}

/** A key as it is shown once, to whoever asked for it. */
export interface IssuedApiKey extends ApiKeyInfo {
  /** The whole key, to be sent in the header. Only its hash is kept. */
  readonly key: string
}

export interface NewApiKey {
  readonly name: string
  readonly scopes?: readonly string[]
  /** Default: it does not expire. */
  readonly expiresInSeconds?: number
}

export interface ApiKeys {
  /** @throws FREEDA_VALIDATION, or what the store throws */
  issue(key: NewApiKey): Promise<IssuedApiKey>
  /**
   * Gives a key a new secret; name, scopes and expiry stay.
   * @param options.overlapSeconds how long the old one holds beside it; default 0
   * @throws FREEDA_NOT_FOUND
   */
  rotate(id: string, options?: { readonly overlapSeconds?: number }): Promise<IssuedApiKey>
  /** From now on the key does not hold, on any instance. Gives back whether there was one. */
  revoke(id: string): Promise<boolean>
  list(page?: {
    readonly limit?: number
    readonly cursor?: string
  }): Promise<{ readonly items: readonly ApiKeyInfo[]; readonly cursor?: string }>
}

/** Provided by `apiKeys()`. */
export const ApiKeys: Service<ApiKeys> = service<ApiKeys>('freeda.apiKeys')
