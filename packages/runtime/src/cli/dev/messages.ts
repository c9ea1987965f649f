/** What `freeda dev` and the process of the app say to each other. */
import type { ServedRoute } from '../../describe-app.ts'
import type { Mode } from '../../plugin.ts'
import type { ErrorReport } from '../report/error-report.ts'

/** How long a process may take to stop before it is ended. */
export const stopTimeoutMs = 5_000

/** A state of the code that was bundled, with all it takes to run it. */
export interface Version {
  /** Counts the bundles. */
  readonly number: number
  /** Absolute path of the config file, as it was written. */
  readonly configFile: string
  /** Absolute path of the bundled config; undefined for one that is data. */
  readonly config: string | undefined
  /** A config that is data. */
  readonly exported?: unknown
  /** Absolute paths of the bundled plugins that the config names as text. */
  readonly plugins: Readonly<Record<string, string>>
  /** What `.env` adds to the environment. */
  readonly environment: Readonly<Record<string, string>>
}

export type ToApp =
  /** Import it and plan it, without running anything of it. */
  | { readonly type: 'load'; readonly version: Version }
  /** @param port to listen on when the config leaves the choice to the system */
  | { readonly type: 'run'; readonly port: number | undefined }
  /** Where there are no signals. */
  | { readonly type: 'stop' }

export type FromApp =
  | { readonly type: 'planned'; readonly plugins: number }
  /** The config names a plugin of the project as text: it must be bundled too. */
  | { readonly type: 'wanted'; readonly name: string; readonly file: string }
  | { readonly type: 'failed'; readonly report: ErrorReport }
  | { readonly type: 'ready'; readonly facts: AppFacts }

/** What there is to tell of an app that runs. */
export interface AppFacts {
  readonly name: string
  readonly version: string
  readonly mode: Mode
  readonly url: string
  readonly port: number
  /** Of the port that metrics have for themselves. */
  readonly opsUrl: string | undefined
  /** In order of setup. */
  readonly plugins: readonly PluginFacts[]
  readonly routes: readonly Pick<ServedRoute, 'method' | 'path' | 'plugin' | 'port'>[]
  /** Path of the docs page, if there is one. */
  readonly docs: string | undefined
}

export interface PluginFacts {
  readonly name: string
  readonly setupMs: number
}
