/** What `publish-packages.ts` started for the tests. */
import { inject } from 'vitest'

export interface Registries {
  /** Has Freeda's packages, and all others by way of `upstream`. */
  readonly loopback: string
  /** The one that npm is configured with on this machine. */
  readonly upstream: string
}

declare module 'vitest' {
  interface ProvidedContext {
    registries: Registries
  }
}

export const registries = inject('registries')
