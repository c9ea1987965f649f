/** Plugin: API keys that the app issues itself, in a header of their own. */
import { definePlugin, FreedaError } from '@freeda/runtime'
import { z } from 'zod'
import { apiKeyCollection, apiKeyStore } from './api-key-store.ts'
import { ApiKeys } from './api-keys-service.ts'

const headerName = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/

/** Recognises API keys, and provides {@link ApiKeys} to issue, rotate and revoke them. */
export const apiKeys = definePlugin({
  name: 'api-keys',
  freeda: '^1.0.0',
  options: z.object({
    /** Header that carries a key. */
    header: z
      .string()
      .regex(headerName, 'expected the name of a header')
      .transform((name) => name.toLowerCase())
      .refine(
        (name) => !['authorization', 'cookie', 'proxy-authorization'].includes(name),
        'expected a header of its own: this one belongs to other schemes',
      )
      .default('x-api-key'),
    /** What keys begin with: names the app to people and to scanners for leaked secrets. */
    prefix: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9]{0,15}$/, 'expected 1 to 16 letters and digits')
      .default('key'),
    /** Name of the scheme, in `security` of routes and in OpenAPI. */
    scheme: z.string().min(1).default('apiKey'),
  }),
  collections: { keys: apiKeyCollection },
  provides: { apiKeys: ApiKeys },
  setup({ options: { header, prefix, scheme }, collections, auth, log, onStop }) {
    const store = apiKeyStore(collections.keys, prefix, log)
    auth.scheme({
      name: scheme,
      openapi: { type: 'apiKey', in: 'header', name: header },
      challenge: `ApiKey header="${header}"`,
      async authenticate({ headers, signal }) {
        const value = headers[header]
        if (value === undefined) return undefined
        const key = typeof value === 'string' ? await store.check(value, signal) : undefined
        // One answer for all: which keys exist is nobody's business.
        if (key === undefined)
          throw new FreedaError('FREEDA_UNAUTHENTICATED', { reason: 'The API key is not valid.' })
        return { id: key.id, scopes: key.scopes, claims: { name: key.name } }
      },
    })
    onStop(() => store.flush())
    const { issue, rotate, revoke, list } = store
    return { apiKeys: { issue, rotate, revoke, list } }
  },
})
