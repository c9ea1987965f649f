/** What `freeda doctor` finds, and what a plugin may say of its own surroundings. */
import type { Mode } from './plugin.ts'
import type { CollectionInfo } from './storage.ts'

/** `note`: good to know; `warning`: works now, and may not later; `error`: the app cannot start, or loses something. */
export type Severity = 'ok' | 'note' | 'warning' | 'error'

/** One thing that was looked at. */
export interface Finding {
  /** Stable, for scripts; letters, digits, `-` and `.`. */
  readonly id: string
  readonly severity: Severity
  /** What was found, in a sentence. */
  readonly message: string
  /** What to do about it, in a sentence. */
  readonly fix?: string
}

/** What a plugin's `doctor` gets: what is known without setting anything up. */
export interface DoctorContext<O, E> {
  /** Name of the plugin in this app. */
  readonly name: string
  readonly mode: Mode
  /** Folder of the config file: relative paths in options start there. */
  readonly directory: string
  /** Validated, with defaults. */
  readonly options: O
  readonly env: E
  /** Every collection that the app declares, for plugins that store them. */
  readonly collections: readonly CollectionInfo[]
  /** Aborts when time is up. */
  readonly signal: AbortSignal
}
