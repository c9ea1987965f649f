/** Keeps the readiness checks of all plugins and runs them so that none can hang or flood what it looks at. */
import { FreedaError, reasonOf } from '../errors.ts'
import type {
  AppState,
  CheckResult,
  Health,
  HealthCheck,
  HealthRegistrar,
  HealthViewContext,
  PluginState,
} from '../health.ts'
import { withDeadline } from './deadline.ts'

const defaultTimeoutMs = 2_000
/** A probe a second per task and per balancer node must not become a query each. */
const keepMs = 1_000
/** After how many of its time limits a check that hangs is tried again. */
const stuckTimeouts = 5

interface Check {
  readonly name: string
  readonly plugin: string
  readonly critical: boolean
  readonly timeoutMs: number
  readonly run: HealthCheck
  /** The run under way, deadline included; shared by all who ask. */
  pending?: Promise<CheckResult> | undefined
  /** Runs that missed their deadline and have still not settled. */
  stuck: number
  last?: CheckResult | undefined
}

interface View {
  readonly name: string
  readonly plugin: string
  readonly read: (context: HealthViewContext) => unknown
  /** By whether it has details. */
  readonly kept: Map<boolean, { readonly atMs: number; readonly value: Promise<unknown> }>
}

export interface HealthRegistry extends Health {
  registrar(plugin: { readonly name: string; readonly critical: boolean }): HealthRegistrar
  /** Forgets the checks and views of a plugin that failed. */
  remove(plugin: string): void
  setState(state: AppState): void
  setPlugin(state: PluginState): void
}

export function healthRegistry(app: Health['app']): HealthRegistry {
  const checks = new Map<string, Check>()
  const views = new Map<string, View>()
  const plugins = new Map<string, PluginState>()
  let state: AppState = 'starting'
  let readyAtMs: number | undefined

  return {
    app,
    get state() {
      return state
    },
    get uptimeMs() {
      return readyAtMs === undefined ? 0 : Math.round(performance.now() - readyAtMs)
    },
    get plugins() {
      return [...plugins.values()]
    },
    setState(next) {
      if (next === 'ready') readyAtMs = performance.now()
      state = next
    },
    setPlugin: (plugin) => void plugins.set(plugin.name, plugin),
    remove(plugin) {
      for (const check of checks.values()) if (check.plugin === plugin) checks.delete(check.name)
      for (const view of views.values()) if (view.plugin === plugin) views.delete(view.name)
    },
    registrar: (plugin) => ({
      ready(name, run, { critical = plugin.critical, timeoutMs = defaultTimeoutMs } = {}) {
        refuseTaken('check', name, plugin.name, checks)
        checks.set(name, { name, plugin: plugin.name, critical, timeoutMs, run, stuck: 0 })
      },
      view(name, read) {
        refuseTaken('view', name, plugin.name, views)
        views.set(name, { name, plugin: plugin.name, read, kept: new Map() })
      },
    }),
    async readiness() {
      const results = await Promise.all([...checks.values()].map(look))
      const failed = [...plugins.values()].filter(
        (plugin) => plugin.state === 'failed' || plugin.state === 'skipped',
      )
      return {
        ok: state === 'ready' && results.every((result) => result.ok || !result.critical),
        state,
        checks: [...results, ...failed.map(failedPlugin)],
      }
    },
    async views({ details }) {
      const read = [...views.values()].map(
        async (view) => [view.name, await lookAtView(view, details)] as const,
      )
      return Object.fromEntries((await Promise.all(read)).filter(([, value]) => value !== undefined))
    },
  }
}

function refuseTaken(
  what: string,
  name: string,
  plugin: string,
  taken: ReadonlyMap<string, { readonly plugin: string }>,
): void {
  const other = taken.get(name)
  if (other === undefined) return
  throw new FreedaError('FREEDA_PLUGIN_DEFINITION', {
    plugin,
    reason: `the health ${what} "${name}" is registered already, by "${other.plugin}".`,
  })
}

function lookAtView({ read, kept }: View, details: boolean): Promise<unknown> {
  const known = kept.get(details)
  if (known !== undefined && Date.now() - known.atMs < keepMs) return known.value
  const timeout = () => new Error(`no answer within ${defaultTimeoutMs} ms`)
  const value = withDeadline((signal) => read({ details, signal }), defaultTimeoutMs, timeout).catch(
    () => undefined,
  )
  kept.set(details, { atMs: Date.now(), value })
  return value
}

/** A plugin that may fail did: readiness says so, and stays green. */
const failedPlugin = (plugin: PluginState): CheckResult => ({
  name: plugin.name,
  plugin: plugin.name,
  critical: false,
  ok: false,
  error: plugin.error ?? plugin.state,
  durationMs: 0,
  checkedAtMs: Date.now(),
})

async function look(check: Check): Promise<CheckResult> {
  const { last } = check
  if (check.pending !== undefined) return check.pending
  // More runs would pile up behind one that hangs; one now and then finds out that what it looks at is back.
  const freshMs = check.stuck > 0 ? stuckTimeouts * check.timeoutMs : keepMs
  if (last !== undefined && Date.now() - last.checkedAtMs < freshMs) return last
  check.pending = runCheck(check)
  try {
    return (check.last = await check.pending)
  } finally {
    check.pending = undefined
  }
}

async function runCheck(check: Check): Promise<CheckResult> {
  const startedMs = performance.now()
  const result = (error?: string): CheckResult => ({
    name: check.name,
    plugin: check.plugin,
    critical: check.critical,
    ok: error === undefined,
    ...(error === undefined ? {} : { error }),
    durationMs: Math.round(performance.now() - startedMs),
    checkedAtMs: Date.now(),
  })
  try {
    await withDeadline(
      async (signal) => {
        check.stuck++
        try {
          await check.run({ signal })
        } finally {
          check.stuck--
        }
      },
      check.timeoutMs,
      () => new Error(`no answer within ${check.timeoutMs} ms`),
    )
    return result()
  } catch (error) {
    return result(reasonOf(error))
  }
}
