/** `@freeda/auth`: API keys, and bearer tokens of an issuer. */
export { apiKeys } from './api-keys.ts'
export { ApiKeys } from './api-keys-service.ts'
export type { ApiKeyInfo, IssuedApiKey, NewApiKey } from './api-keys-service.ts'
export { jwt } from './jwt.ts'
