/** The two ends of a migration, from what the caller names to a plan of the store that is meant. */
import { createHash } from 'node:crypto'
import type { LoadedConfig } from '../config/load-config.ts'
import { FreedaError, isFreedaError } from '../errors.ts'
import { planApp, type PlanOptions } from '../plugins/plan-app.ts'
import type { Plan, PlannedPlugin } from '../plugins/plan.ts'
import { StorageDriver } from '../storage.ts'

/** A store: that of the config, or that of a storage plugin by the name of its package. */
export type StoreEnd =
  | { readonly kind: 'config' }
  | { readonly kind: 'plugin'; readonly text: string; readonly name: string; readonly options: unknown }

/** An old file whose members are documents of one collection. */
export interface FileEnd {
  readonly kind: 'file'
  readonly text: string
  readonly path: string
  readonly collection: string
}

export interface PlannedStore {
  /** For people. */
  readonly label: string
  /** The same for the same store, however it was named. */
  readonly identity: string
  readonly plugin: PlannedPlugin
  readonly plan: Plan
}

export interface EndContext {
  readonly loaded: LoadedConfig
  readonly plan: Plan
  readonly cwd: string
  readonly planOptions: PlanOptions
}

/**
 * @param option how the caller named it, e.g. `--from`
 * @throws FREEDA_CONFIG_INVALID
 */
export async function planStore(end: StoreEnd, option: string, context: EndContext): Promise<PlannedStore> {
  const plan = end.kind === 'config' ? context.plan : await planNamed(end, option, context)
  const plugin = plan.plugins.find(({ provides }) => Object.values(provides).includes(StorageDriver.id))
  if (plugin === undefined) throw noStore(end, option, plan)
  const label = end.kind === 'config' ? `the store of the config (${plugin.name})` : end.text
  return { label, identity: identityOf([plugin.name, plan.directory, plugin.options]), plugin, plan }
}

export const identityOf = (facts: unknown): string =>
  createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 12)

/** An app of that one plugin. Paths in its options start where the command was called. */
async function planNamed(
  { name, options, text }: Extract<StoreEnd, { kind: 'plugin' }>,
  option: string,
  { loaded, cwd, planOptions }: EndContext,
): Promise<Plan> {
  const file = `${option} ${text}`
  const alone = { ...loaded, file, directory: cwd, config: { plugins: [[name, options]] } }
  try {
    return await planApp(alone, planOptions)
  } catch (error) {
    if (!isFreedaError(error, 'FREEDA_CONFIG_INVALID')) throw error
    const problems = error.data.problems.map((problem) => ({
      ...problem,
      at: problem.at.replace(/^plugins\[0\](\.options\.?)?/, '') || option,
    }))
    throw new FreedaError('FREEDA_CONFIG_INVALID', { file, problems }, { cause: error })
  }
}

const noStore = (end: StoreEnd, option: string, { file }: Plan) =>
  new FreedaError('FREEDA_CONFIG_INVALID', {
    file,
    problems: [
      {
        code: 'storage_missing',
        at: option,
        message:
          end.kind === 'config'
            ? 'no plugin of the config provides storage.'
            : `"${end.name}" is a plugin, but not for storage.`,
        fix: `Name a store, e.g. ${option} json:./data.`,
      },
    ],
  })
