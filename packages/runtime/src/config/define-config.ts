import { env, secret, type Configurable, type Env, type Secret } from '../env.ts'
import type { CorsConfig, ResponseCheck } from '../http.ts'
import type { MetricsConfig } from '../metrics.ts'
import type { Mode, PluginSettings, PluginUse } from '../plugin.ts'
import type { RateLimit } from '../route.ts'
import type { Duration } from './duration.ts'

export interface ServerConfig {
  /** Default 3000; 0 takes a free one. */
  readonly port?: number
  /** Default `0.0.0.0` in production, `127.0.0.1` otherwise. */
  readonly host?: string
  /** Budget of the whole shutdown. Keep it below the orchestrator's stop time-out. Default `'30s'`. */
  readonly shutdown?: Duration
  /** How long to serve on with readiness red, so that a balancer stops routing first. Default `'5s'` in production, else 0. */
  readonly drain?: Duration
  /** Bytes of a request body. Default 1 MiB. */
  readonly bodyLimit?: number
  /** How long a handler may take. Default `'30s'`. */
  readonly handlerTimeout?: Duration
  /** How long a client may take to send a whole request. Default `'60s'`. */
  readonly requestTimeout?: Duration
  /** How long a client may take to send the headers. Default `'15s'`. */
  readonly headersTimeout?: Duration
  /** How long an idle connection is kept; above the balancer's idle time-out. Default `'65s'`. */
  readonly keepAliveTimeout?: Duration
  /** Longest URL in bytes. Default 8 KiB. */
  readonly maxUrlBytes?: number
  /** Most bytes of all headers of a request, with its URL. Default 16 KiB. */
  readonly maxHeaderBytes?: number
  /** Most connections at a time; more are closed at once. 0: as many as the system allows. Default 20,000. */
  readonly maxConnections?: number
  /** How many proxies every request passes, e.g. 1 behind one load balancer. Default 0: their headers mean nothing. */
  readonly trustProxy?: number
  /** The header that those proxies append to. Default `'x-forwarded-for'`; `'forwarded'` behind an HTTP API of AWS. */
  readonly proxyHeader?: 'x-forwarded-for' | 'forwarded'
  /** Requests that one client may make, of all routes together that have no limit of their own. Default `false`. */
  readonly rateLimit?: RateLimitConfig | false
  /** When requests are refused with 503; `false`: never. */
  readonly overload?: OverloadConfig | false
  /** Default: no cross-origin access. */
  readonly cors?: CorsConfig | false
  /** Default `true`. */
  readonly securityHeaders?: boolean
  /** Default `'trust'` in production, `'validate'` otherwise. */
  readonly responses?: ResponseCheck
}

export interface RateLimitConfig extends RateLimit {
  /** Whose requests are counted together; those without a principal by address. Default `'ip'`. */
  readonly by?: 'ip' | 'principal'
}

export interface OverloadConfig {
  /** Most requests that wait for the beginning of their answer; 0 for any number. Default 1000. */
  readonly maxInFlight?: number
  /** Longest delay of the event loop that lasts, in milliseconds; 0 for any. Default 500. */
  readonly maxEventLoopLagMs?: number
}

export interface LogConfig {
  /** Default: the variable `LOG_LEVEL`, else `info` (`silent` in tests). */
  readonly level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
  /** Default: for people when the output is a terminal and not in production; else JSON lines. */
  readonly pretty?: boolean
  /** More paths of values to hide, in pino's notation, e.g. `body.card`. */
  readonly redact?: readonly string[]
}

/** How much caches may hold. */
export interface CacheConfig {
  /** Memory that the cache of one plugin may take, in bytes; a shared store has its own limit. Default 32 MiB. */
  readonly maxBytes?: number
  /** Values with more bytes, as JSON, are not kept. Default 1 MiB. */
  readonly maxValueBytes?: number
}

/** Where the docs are. */
export interface DocsConfig {
  /** Of the page. Default `/docs`. */
  readonly path?: string
  /** Of the OpenAPI document. Default `/openapi.json`. */
  readonly openapi?: string
}

/** A plugin as it is called, or by the name of its package (resolved from the config file), with options and settings. */
export type PluginEntry =
  PluginUse | string | readonly [name: string, options?: unknown, settings?: PluginSettings]

export interface FreedaConfig {
  /** Default: the name in the package.json beside the config. */
  readonly name?: string
  /** Default: the version in the package.json beside the config. */
  readonly version?: string
  readonly server?: Configurable<ServerConfig>
  readonly log?: Configurable<LogConfig>
  /** Default: none. `true`: on the app's port, outside production only. */
  readonly metrics?: boolean | Configurable<MetricsConfig>
  readonly cache?: Configurable<CacheConfig>
  /** Default: in production none, else the page at `/docs` and the document at `/openapi.json`. */
  readonly docs?: boolean | DocsConfig
  /** Deadline of each plugin hook at boot. Default `'30s'`. */
  readonly setupTimeout?: Duration
  /** In any order; what they need of each other decides. `false` and `undefined` are left out. */
  readonly plugins?: readonly (PluginEntry | false | undefined)[]
}

/** What a config function gets. */
export interface ConfigTools {
  readonly env: Env
  readonly secret: Secret
  readonly mode: Mode
}

export type ConfigExport = FreedaConfig | ((tools: ConfigTools) => FreedaConfig | Promise<FreedaConfig>)

/** Types a config; gives back what it gets. */
export const defineConfig = <C extends ConfigExport>(config: C): C => config

export const configTools = (mode: Mode): ConfigTools => ({ env, secret, mode })
