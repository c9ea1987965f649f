/** What a build has to know of a config beyond its code: which plugins it names as text, and where health is asked. */
import { callConfig, readConfig } from '../../config/load-config.ts'
import { isEnvDescriptor } from '../../env.ts'
import { reasonOf } from '../../errors.ts'
import { isPluginUse, type Mode, type PluginSettings } from '../../plugin.ts'
import type { HealthFacts, Setting } from '../health/target.ts'

export interface ConfigFacts {
  /** Plugins that the config names as text, in production. */
  readonly named: readonly string[]
  /** Those that it names in other modes only: what cannot be found of them is left out. */
  readonly namedElsewhere: readonly string[]
  readonly health: HealthFacts
  /** Why the config could not be run; the facts are guesses then. */
  readonly failure?: string
}

const defaults: HealthFacts = { port: { fallback: 3000 }, host: { fallback: '127.0.0.1' }, prefix: '/health' }

/**
 * Runs the config once for each mode, with descriptors in place of values: no variable has to be set. A config that fails
 * all the same, as it reads a variable itself, can be bundled nevertheless.
 */
export async function readFacts(cwd: string, file: string | undefined): Promise<ConfigFacts> {
  try {
    const found = await readConfig(cwd, file)
    const inMode = async (mode: Mode) =>
      (await callConfig(found.exported, found.file, mode)) as Readonly<Record<string, unknown>>
    const production = await inMode('production')
    const others = await Promise.allSettled((['development', 'test'] as const).map(inMode))
    const named = new Set(namesIn(production))
    const elsewhere = others.flatMap((one) => (one.status === 'fulfilled' ? namesIn(one.value) : []))
    return {
      named: [...named],
      namedElsewhere: [...new Set(elsewhere)].filter((name) => !named.has(name)),
      health: healthOf(production),
    }
  } catch (error) {
    return { named: [], namedElsewhere: [], health: defaults, failure: reasonOf(error) }
  }
}

const entriesOf = (config: Readonly<Record<string, unknown>>): readonly unknown[] =>
  Array.isArray(config['plugins']) ? (config['plugins'] as unknown[]) : []

const nameOf = (entry: unknown): unknown => (Array.isArray(entry) ? entry[0] : entry)

const namesIn = (config: Readonly<Record<string, unknown>>): string[] =>
  entriesOf(config)
    .map(nameOf)
    .filter((name) => typeof name === 'string')

function healthOf(config: Readonly<Record<string, unknown>>): HealthFacts {
  const server = (config['server'] ?? {}) as { readonly port?: unknown; readonly host?: unknown }
  return {
    port: settingOf(server.port, 'number') ?? defaults.port,
    host: settingOf(server.host, 'string') ?? defaults.host,
    prefix:
      entriesOf(config)
        .map(healthPrefix)
        .find((prefix) => prefix !== undefined) ?? defaults.prefix,
  }
}

function settingOf<T extends 'number' | 'string'>(
  value: unknown,
  type: T,
): Setting<T extends 'number' ? number : string> | undefined {
  if (isEnvDescriptor(value))
    return {
      variable: value.name,
      ...(typeof value.fallback === type ? { fallback: value.fallback as never } : {}),
    }
  return typeof value === type ? { fallback: value as never } : undefined
}

/** Of the entry that is the health plugin. */
function healthPrefix(entry: unknown): string | undefined {
  if (isPluginUse(entry))
    return entry.plugin.name === 'health'
      ? (prefixIn(entry.settings) ?? entry.plugin.prefix ?? '/health')
      : undefined
  return nameOf(entry) === '@freeda/health'
    ? (prefixIn(Array.isArray(entry) ? (entry[2] as PluginSettings | undefined) : undefined) ?? '/health')
    : undefined
}

const prefixIn = (settings: PluginSettings | undefined): string | undefined =>
  typeof settings?.prefix === 'string' ? (settings.prefix === '/' ? '' : settings.prefix) : undefined
