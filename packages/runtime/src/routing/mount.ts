import type { PluginRouter } from '../http.ts'
import type { PluginSecurity } from './authenticate-requirement.ts'

/** The routes of one plugin. */
export interface Mount {
  readonly plugin: string
  readonly prefix: string
  readonly router: PluginRouter
  /** Answered during an overload too, and never counted. Default `false`. */
  readonly essential?: boolean | undefined
  /** Default: public. */
  readonly security?: PluginSecurity | undefined
}
