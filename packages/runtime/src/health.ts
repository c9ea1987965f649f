/** Health: what plugins register and what a health plugin reads. */
import { service, type Service } from './service.ts'

/** Resolves when well, throws why not. Pass `signal` to what it waits for: it aborts at the deadline. */
export type HealthCheck = (context: { readonly signal: AbortSignal }) => unknown

export interface HealthCheckOptions {
  /** Whether readiness depends on it; defaults to the plugin's own `critical`. */
  readonly critical?: boolean
  /** Deadline of one run in milliseconds. Default 2,000. */
  readonly timeoutMs?: number
}

/** What a view is made for. */
export interface HealthViewContext {
  /** Whether who looks may see why something fails: reasons may hold internal names. */
  readonly details: boolean
  /** Aborts at the deadline. */
  readonly signal: AbortSignal
}

/** A plugin's side of health, in its setup. */
export interface HealthRegistrar {
  /** Registers a readiness check under a name that is unique in the app. */
  ready(name: string, check: HealthCheck, options?: HealthCheckOptions): void
  /** Registers what `/health` shows beside the checks, under a name that is unique in the app: plain JSON, or Dates. */
  view(name: string, read: (context: HealthViewContext) => unknown): void
}

/** `starting` → `ready` → `draining` (still serving, readiness is red) → `stopped`. */
export type AppState = 'starting' | 'ready' | 'draining' | 'stopped'

export interface CheckResult {
  readonly name: string
  readonly plugin: string
  readonly critical: boolean
  readonly ok: boolean
  /** Why it is not ok; may hold internal names, so it is for logs and for people who may see them. */
  readonly error?: string
  /** How long the last finished run took, in milliseconds. */
  readonly durationMs: number
  /** When it was looked at: Unix milliseconds. */
  readonly checkedAtMs: number
}

export interface PluginState {
  readonly name: string
  readonly version?: string
  /** `failed`: a plugin with `critical: false` whose setup failed. `skipped`: it needs one that failed. */
  readonly state: 'ready' | 'failed' | 'skipped' | 'pending'
  readonly critical: boolean
  readonly error?: string
}

export interface Readiness {
  /** Whether the app should get traffic. */
  readonly ok: boolean
  readonly state: AppState
  readonly checks: readonly CheckResult[]
}

export interface Health {
  /** `build`: of what `freeda build` made; undefined for an app that runs from its sources. */
  readonly app: { readonly name: string; readonly version: string; readonly build?: string | undefined }
  readonly state: AppState
  /** Milliseconds since the app became ready; 0 before. */
  readonly uptimeMs: number
  readonly plugins: readonly PluginState[]
  /** Runs every check, each within its deadline; results are kept for a second. Never throws, never hangs. */
  readiness(): Promise<Readiness>
  /**
   * What plugins show of their work, by name, each within 2 seconds and kept for one; without those that fail or do not
   * answer. Never throws.
   */
  views(options: Pick<HealthViewContext, 'details'>): Promise<Readonly<Record<string, unknown>>>
}

/** Provided by the runtime. */
export const Health: Service<Health> = service<Health>('freeda.health')
