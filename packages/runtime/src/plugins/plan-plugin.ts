/** Checks one plugin on its own: version, settings, options, variables. */
import satisfies from 'semver/functions/satisfies.js'
import validRange from 'semver/ranges/valid.js'
import { z } from 'zod'
import { checkOptions } from '../config/check-options.ts'
import type { Variables } from '../config/variables.ts'
import type { Lock } from '../auth.ts'
import type { Problem } from '../errors.ts'
import { contractVersion, type AnyPlugin } from '../plugin.ts'
import { isService, type OptionalService, type Service } from '../service.ts'
import type { PlannedNeed, PlannedPlugin } from './plan.ts'
import type { FoundPlugin } from './resolve-entries.ts'

const settingsSchema = z.strictObject({
  prefix: z.string().optional(),
  critical: z.boolean().optional(),
  security: z
    .union([
      z.literal('authenticated'),
      z.strictObject({
        schemes: z.array(z.string().min(1)).min(1).optional(),
        scopes: z.array(z.string().min(1)).optional(),
      }),
    ])
    .optional(),
  ignoreVersion: z.boolean().default(false),
})

/** `plugin` is there even when there are problems, so that the others can be checked against it. */
export async function planPlugin(
  { at, use }: FoundPlugin,
  vars: Variables,
): Promise<{ plugin: PlannedPlugin | undefined; problems: Problem[] }> {
  const { plugin } = use
  const settings = await checkOptions(settingsSchema, use.settings, `${at}.settings`, vars)
  const chosen = (settings.value ?? { ignoreVersion: true }) as z.output<typeof settingsSchema>
  const options = await planOptions(plugin, use.options, `${at}.options`, vars)
  const prefix = chosen.prefix ?? plugin.prefix ?? `/${plugin.name}`
  return {
    plugin: {
      name: plugin.name,
      version: plugin.version,
      plugin,
      at,
      options: options.value,
      incomplete: options.value === undefined && options.problems.length === 0 && vars.unresolved.size > 0,
      env: vars.resolve({ ...plugin.env }, `${at}.env`) as Record<string, unknown>,
      prefix: prefix === '/' ? '' : prefix,
      security: { default: plugin.security ?? 'public', lock: chosen.security as Lock | undefined },
      critical: chosen.critical ?? plugin.critical ?? true,
      collections: named(plugin.collections),
      queues: named(plugin.queues),
      schedules: named(plugin.schedules),
      needs: Object.entries(plugin.needs ?? {}).map(([key, need]) => plannedNeed(key, need)),
      provides: Object.fromEntries(
        Object.entries(plugin.provides ?? {}).map(([key, token]) => [key, token.id]),
      ),
    },
    problems: [
      ...settings.problems,
      ...options.problems,
      ...versionProblems(plugin, at, chosen.ignoreVersion),
      ...prefixProblems(plugin, prefix, at),
    ],
  }
}

/** A plugin without an options schema takes none: anything passed to it would be ignored. */
function planOptions(plugin: AnyPlugin, given: unknown, at: string, vars: Variables) {
  return checkOptions(plugin.options ?? z.strictObject({}), vars.resolve(given ?? {}, at), at, vars)
}

/** What has no name has that of its key. */
const named = <D extends { readonly name: string | undefined }>(
  definitions: Readonly<Record<string, D>> = {},
): Readonly<Record<string, D>> =>
  Object.fromEntries(
    Object.entries(definitions).map(([key, definition]) => [
      key,
      definition.name === undefined ? { ...definition, name: key } : definition,
    ]),
  )

function plannedNeed(key: string, need: Service<unknown> | OptionalService<unknown>): PlannedNeed {
  const token = isService(need) ? need : need.optional
  return { key, service: token.id, optional: !isService(need), provider: undefined }
}

function versionProblems({ name, freeda }: AnyPlugin, at: string, ignore: boolean): Problem[] {
  const range = typeof freeda === 'string' ? validRange(freeda) : null
  if (range === null)
    return [
      {
        code: 'version_malformed',
        at,
        message: `plugin "${name}" says freeda: ${JSON.stringify(freeda)}, which is not a version range.`,
        fix: `Write freeda: '^${contractVersion}' in its definition.`,
      },
    ]
  if (ignore || satisfies(contractVersion, range)) return []
  return [
    {
      code: 'version_incompatible',
      at,
      message: `plugin "${name}" was written for version ${freeda} of the plugin contract; this runtime has ${contractVersion}.`,
      fix: `Install a version of the plugin for ${contractVersion}, or load it all the same with { ignoreVersion: true } as the second argument.`,
    },
  ]
}

function prefixProblems({ name }: AnyPlugin, prefix: string, at: string): Problem[] {
  if (prefix === '' || /^\/([^/\s?#]+(\/[^/\s?#]+)*)?$/.test(prefix)) return []
  return [
    {
      code: 'prefix_malformed',
      at,
      message: `the prefix "${prefix}" of plugin "${name}" is not a path.`,
      fix: "Begin it with '/' and do not end it with one, e.g. '/api/tickets'.",
    },
  ]
}
