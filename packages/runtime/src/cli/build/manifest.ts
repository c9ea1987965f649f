/** `build.json`: what a built app says of itself. */
import type { HealthFacts } from '../health/target.ts'

export interface BuildManifest {
  /** Of this format. */
  readonly format: 1
  readonly name: string
  readonly version: string
  /** Identifies the content: the same code gives the same. */
  readonly build: string
  /** The commit that it was built from, where that is known. */
  readonly commit?: string
  /** Version of `@freeda/runtime` in it. */
  readonly freeda: string
  /** Packages that are not in it and must be installed beside it, with their versions. */
  readonly external: Readonly<Record<string, string>>
  readonly health: HealthFacts
  /** The app's own files that went into it, relative to its folder, and the hash of them all. */
  readonly sources: { readonly files: readonly string[]; readonly hash: string }
}
