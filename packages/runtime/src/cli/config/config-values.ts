/** Every value of the effective config, with where it came from. Pure. */
import type { PlannedApp } from '../../describe-app.ts'
import type { Variable } from '../../config/variables.ts'
import type { Plan, PlannedPlugin } from '../../plugins/plan.ts'
import { isPluginUse } from '../../plugin.ts'
import { printable } from './printable.ts'

export type Origin =
  | { readonly kind: 'default' | 'file' | 'package' | 'plugin' }
  | {
      readonly kind: 'variable'
      readonly name: string
      readonly secret: boolean
      readonly source: Variable['source']
    }

export interface ConfigValue {
  /** As in messages about the config, e.g. `plugins[0].options.directory`. */
  readonly path: string
  /** Of values that belong to one. */
  readonly plugin: string | undefined
  /** Plain JSON; `undefined` when it is not known, since its variable is not set. */
  readonly value: unknown
  readonly from: Origin
}

export function configValues({ loaded, plan }: PlannedApp): ConfigValue[] {
  const tell = teller(plan, loaded.config)
  const own = (path: string, value: unknown, from?: Origin) => tell(undefined, path, value, from)
  const { name, version, server, log, metrics, docs, setupTimeoutMs } = plan
  return [
    ...own('name', name, nameOrigin(loaded, 'name')),
    ...own('version', version, nameOrigin(loaded, 'version')),
    ...own('server', server),
    ...own('log', log),
    ...own('metrics', metrics),
    ...own('docs', docs === false ? false : { path: docs.path, openapi: docs.openapi }),
    ...own('setupTimeout', setupTimeoutMs),
    ...plan.plugins.flatMap((plugin) => pluginValues(plugin, tell)),
  ]
}

type Tell = (plugin: string | undefined, path: string, value: unknown, from?: Origin) => ConfigValue[]

function teller(plan: Plan, written: unknown): Tell {
  const show = printable(plan.secrets)
  return (plugin, path, value, from) =>
    leavesOf(value, path).map((leaf) => {
      const origin = from ?? originOf(leaf.path, plan.variables, written)
      return { path: leaf.path, plugin, value: shownValue(leaf, origin, show), from: origin }
    })
}

function shownValue(
  { path, value }: Leaf,
  from: Origin,
  show: (key: string, value: unknown) => unknown,
): unknown {
  if (from.kind !== 'variable') return show(lastKey(path), value)
  if (from.source === 'missing' || from.source === 'invalid') return undefined
  return from.secret ? '[redacted]' : show(lastKey(path), value)
}

const lastKey = (path: string): string => path.slice(path.lastIndexOf('.') + 1)

/** Options that are not known yet are those that were written. */
function pluginValues(plugin: PlannedPlugin, tell: Tell): ConfigValue[] {
  const { name, at, options, env, prefix, critical, security } = plugin
  const setting = (key: string, value: unknown) => {
    const [told] = tell(name, `${at}.settings.${key}`, value)
    return told === undefined ? [] : [told.from.kind === 'default' ? { ...told, from: pluginOrigin } : told]
  }
  return [
    ...setting('prefix', prefix === '' ? '/' : prefix),
    ...setting('critical', critical),
    ...(security.lock === undefined ? [] : tell(name, `${at}.settings.security`, security.lock)),
    ...tell(name, `${at}.options`, options ?? {}),
    ...tell(name, `${at}.env`, env),
  ]
}

const pluginOrigin: Origin = { kind: 'plugin' }

function nameOrigin(
  { config, package: own }: PlannedApp['loaded'],
  key: 'name' | 'version',
): Origin | undefined {
  const isWritten = (config as Record<string, unknown>)[key] !== undefined
  return isWritten ? undefined : { kind: own[key] === undefined ? 'default' : 'package' }
}

interface Leaf {
  readonly path: string
  readonly value: unknown
}

/** Lists are shown whole; an object without anything in it says nothing. */
function leavesOf(value: unknown, path: string): Leaf[] {
  if (value === undefined) return []
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return [{ path, value }]
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, `${path}.${key}`))
}

/** The variable at the path or above it; else whether anything stands there in the config as it was written. */
function originOf(path: string, variables: readonly Variable[], written: unknown): Origin {
  const variable = variables.find(({ usedBy }) =>
    usedBy.some((at) => path === at || path.startsWith(`${at}.`) || at.startsWith(`${path}[`)),
  )
  if (variable !== undefined) {
    const { name, secret, source } = variable
    return { kind: 'variable', name, secret, source }
  }
  return { kind: isWritten(path, written) ? 'file' : 'default' }
}

function isWritten(path: string, written: unknown): boolean {
  let node: unknown = written
  for (const [, key = '', index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    // Somebody wrote `docs: true`, and this is a part of what that means.
    if (typeof node !== 'object' || node === null) return node !== undefined
    node = index === undefined ? step(node, key) : (node as unknown[])[Number(index)]
  }
  return node !== undefined
}

/** Plugins stand in a config as uses, by name, or as a list of name, options and settings. */
function step(node: object, key: string): unknown {
  if (!isPluginUse(node) && !Array.isArray(node)) return (node as Record<string, unknown>)[key]
  const [options, settings] = isPluginUse(node) ? [node.options, node.settings] : [node[1], node[2]]
  return key === 'options' ? (options ?? {}) : key === 'settings' ? (settings ?? {}) : undefined
}
