/** Turns the entries of `plugins` into plugin uses: called factories, names of packages, or either with options. */
import { isFreedaError, reasonOf, type Problem } from '../errors.ts'
import { isPluginFactory, isPluginUse, type PluginSettings, type PluginUse } from '../plugin.ts'

export interface FoundPlugin {
  /** Path in the config, e.g. `plugins[2]`. */
  readonly at: string
  readonly use: PluginUse
}

export async function resolveEntries(
  entries: readonly unknown[],
  importPlugin: (name: string) => Promise<unknown>,
): Promise<{ found: FoundPlugin[]; problems: Problem[] }> {
  const results = await Promise.all(
    entries.flatMap((entry, i) =>
      entry === false || entry === undefined ? [] : [resolveEntry(entry, `plugins[${i}]`, importPlugin)],
    ),
  )
  return {
    found: results.filter((result): result is FoundPlugin => 'use' in result),
    problems: results.filter((result): result is Problem => 'code' in result),
  }
}

async function resolveEntry(
  entry: unknown,
  at: string,
  importPlugin: (name: string) => Promise<unknown>,
): Promise<FoundPlugin | Problem> {
  if (isPluginUse(entry)) return { at, use: entry }
  if (isPluginFactory(entry))
    return {
      code: 'plugin_not_called',
      at,
      message: 'is a plugin that is not called.',
      fix: `Write ${entry.plugin.name}().`,
    }
  if (typeof entry === 'string') return byName(entry, undefined, undefined, at, importPlugin)
  if (Array.isArray(entry) && typeof entry[0] === 'string')
    return byName(entry[0], entry[1], entry[2], at, importPlugin)
  return {
    code: 'not_a_plugin',
    at,
    message: `is not a plugin but ${entry === null ? 'null' : `a ${typeof entry}`}.`,
    fix: 'Use what `definePlugin` returns, called, or the name of a package as text.',
  }
}

async function byName(
  name: string,
  options: unknown,
  settings: unknown,
  at: string,
  importPlugin: (name: string) => Promise<unknown>,
): Promise<FoundPlugin | Problem> {
  let imported: unknown
  try {
    imported = await importPlugin(name)
  } catch (error) {
    const missing = /cannot find|ERR_MODULE_NOT_FOUND/i.test(
      `${reasonOf(error)} ${(error as { code?: string }).code}`,
    )
    return {
      code: 'plugin_not_loaded',
      at,
      message: `could not load "${name}": ${reasonOf(error).split('\n')[0]}`,
      fix: missing
        ? `Install it (npm install ${name}), or correct its name.`
        : isFreedaError(error)
          ? ''
          : 'Mend the plugin.',
    }
  }
  if (!isPluginFactory(imported))
    return {
      code: 'not_a_plugin',
      at,
      message: `the default export of "${name}" is not a plugin.`,
      fix: 'Its package must have `export default definePlugin({ … })`.',
    }
  const call = imported as (options?: unknown, settings?: PluginSettings) => PluginUse
  return { at, use: call(options, settings as PluginSettings | undefined) }
}
