/** Backs up, restores, migrates and reindexes the documents of an app, without starting it. */
import { resolve } from 'node:path'
import type { Logger } from 'pino'
import { loadConfig } from './config/load-config.ts'
import { FreedaError } from './errors.ts'
import { backupHeader } from './migration/backup-format.ts'
import { makeWorkFolder } from './migration/checkpoint.ts'
import { knownCollections, type KnownCollections } from './migration/collections.ts'
import {
  identityOf,
  planStore,
  type EndContext,
  type FileEnd,
  type PlannedStore,
  type StoreEnd,
} from './migration/ends.ts'
import { fileSource } from './migration/file-source.ts'
import { move, type MoveRules } from './migration/move.ts'
import { refuse } from './migration/move-problems.ts'
import type { MoveReport, ReportedBackup } from './migration/report.ts'
import { backupSource, driverSource, type Source } from './migration/source.ts'
import type { Watch } from './migration/watch.ts'
import { writeBackup } from './migration/write-backup.ts'
import { openStore, storagePlugin } from './open-store.ts'
import { planApp } from './plugins/plan-app.ts'
import type { Plan } from './plugins/plan.ts'
import { modeOf } from './start.ts'
import { storeLog } from './store-log.ts'

export { isRefusal } from './migration/move-problems.ts'
export type { ConflictRule } from './migration/copy.ts'
export type { FileEnd, MoveReport, MoveRules, ReportedBackup, StoreEnd, Watch }

export interface MigrationContext {
  /** The config file; default: the nearest one. */
  readonly file?: string | undefined
  readonly cwd: string
  readonly watch: Watch
}

interface Prepared {
  readonly app: string
  readonly ends: EndContext
  readonly collections: KnownCollections
  readonly log: Logger
}

/** Variables that only others than the store need may be unset. */
async function prepare({ file, cwd }: MigrationContext): Promise<Prepared> {
  const mode = modeOf(process.env['NODE_ENV'])
  const loaded = await loadConfig({ cwd, file, mode })
  const planOptions = { mode, environment: process.env, unset: 'stand-in' } as const
  const plan = await planApp(loaded, planOptions)
  const log = await storeLog(plan)
  const definitions = plan.plugins.flatMap((plugin) => Object.values(plugin.collections))
  return {
    app: plan.name,
    ends: { loaded, plan, cwd, planOptions },
    collections: knownCollections(definitions),
    log,
  }
}

export interface MigrateOptions extends MigrationContext {
  readonly from: StoreEnd | FileEnd
  readonly to: StoreEnd
  readonly takesBackup: boolean
  readonly rules: MoveRules
}

/**
 * Moves documents from one store to another.
 * @throws FREEDA_CONFIG_NOT_FOUND, FREEDA_CONFIG_LOAD, FREEDA_CONFIG_INVALID, or what a store throws before anything was written
 */
export async function migrateApp(options: MigrateOptions): Promise<MoveReport> {
  const { from, to, takesBackup, rules, watch } = options
  const prepared = await prepare(options)
  const { ends, collections } = prepared
  const target = await planStore(to, '--to', ends)
  const planned = from.kind === 'file' ? undefined : await planStore(from, '--from', ends)
  if (planned?.identity === target.identity)
    throw refuse([
      { code: 'same_store', at: target.label, message: 'it is source and target at once.', fix: 'Name two.' },
    ])
  const source =
    planned === undefined ? oldFile(from as FileEnd, prepared) : await storeSource(planned, prepared)
  const identity = identityOf([planned?.identity ?? (from as FileEnd).path, target.identity])
  try {
    return await move({
      app: prepared.app,
      source,
      backup: takesBackup ? 'take' : 'none',
      target: targetOf(target, prepared),
      collections,
      rules,
      makeFolder: () => workFolder(prepared, `migration-${identity}`),
      watch,
    })
  } finally {
    await source.close()
  }
}

export interface RestoreOptions extends MigrationContext {
  readonly backup: string
  readonly to: StoreEnd
  readonly rules: MoveRules
}

/** Brings the documents of a backup into a store. @throws as {@link migrateApp} */
export async function restoreApp(options: RestoreOptions): Promise<MoveReport> {
  const { backup, to, rules, watch, cwd } = options
  const prepared = await prepare(options)
  const target = await planStore(to, '--to', prepared.ends)
  const file = resolve(cwd, backup)
  return move({
    app: prepared.app,
    source: backupSource(file),
    backup: 'source',
    target: targetOf(target, prepared),
    collections: prepared.collections,
    rules,
    makeFolder: () => workFolder(prepared, `restoration-${identityOf([file, target.identity])}`),
    watch,
  })
}

export interface ReindexReport {
  /** Of the store's plugin. */
  readonly store: string
  /** Documents that were looked at; undefined where the store builds its indexes by itself. */
  readonly documents: number | undefined
}

/**
 * Brings all documents into the indexes that the app declares; it may run meanwhile.
 * @throws FREEDA_STORAGE_TABLE naming documents that cannot be in an index, and as {@link migrateApp}
 */
export async function reindexApp(options: MigrationContext): Promise<ReindexReport> {
  const { ends, collections, log } = await prepare(options)
  const { plan } = ends
  const plugin = storagePlugin(plan)
  if (plugin === undefined) throw noStorage(plan)
  const { driver, close } = await openStore(plan, {
    collections: collections.declared,
    use: 'reindex',
    log,
  })
  try {
    if (driver.reindex === undefined) return { store: plugin.name, documents: undefined }
    let documents = 0
    const { stage, signal } = options.watch
    const { advance, end } = stage('Building indexes')
    await driver.reindex({
      signal,
      advance(more) {
        documents += more
        advance(more)
      },
    })
    end()
    return { store: plugin.name, documents }
  } finally {
    await close()
  }
}

const noStorage = ({ file }: Plan) =>
  new FreedaError('FREEDA_CONFIG_INVALID', {
    file,
    problems: [
      {
        code: 'storage_missing',
        at: 'plugins',
        message: 'no plugin of the config provides storage.',
        fix: 'Add one, e.g. json() of @freeda/storage-json.',
      },
    ],
  })

export interface BackUpOptions extends MigrationContext {
  readonly from: StoreEnd
  /** Default: by app and time. */
  readonly output?: string | undefined
}

/** Writes all documents of a store to a file, and reads it back. @throws as {@link migrateApp} */
export async function backUpApp(options: BackUpOptions): Promise<ReportedBackup> {
  const { from, output, cwd, watch } = options
  const prepared = await prepare(options)
  const source = await storeSource(await planStore(from, '--from', prepared.ends), prepared)
  const now = new Date()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-')
  const name = output ?? `backup-${prepared.app.replace(/[^\w.-]+/g, '-')}-${now}.ndjson.gz`
  try {
    const { digest: _, ...backup } = await writeBackup({
      file: resolve(cwd, name),
      header: backupHeader(prepared.app, source.label),
      documents: source.documents({ signal: watch.signal }),
      watch,
    })
    return backup
  } finally {
    await source.close()
  }
}

async function storeSource({ plan, label }: PlannedStore, { collections, log }: Prepared): Promise<Source> {
  const { driver, close } = await openStore(plan, { collections: collections.declared, use: 'export', log })
  return driverSource(label, driver, close)
}

function oldFile({ text, path, collection }: FileEnd, { collections, ends }: Prepared): Source {
  const known = collections.known(collection)
  if (known === undefined)
    throw new FreedaError('FREEDA_CONFIG_INVALID', {
      file: ends.plan.file,
      problems: [
        {
          code: 'collection_undeclared',
          at: `--from ${text}`,
          message: `no plugin declares a collection "${collection}".`,
          fix: `Declared are: ${collections.declared.map(({ name }) => name).join(', ') || 'none'}.`,
        },
      ],
    })
  return fileSource(text, resolve(ends.cwd, path), known)
}

const targetOf = ({ plan, plugin, label }: PlannedStore, { log }: Prepared) => ({
  label,
  isDynamo: plugin.name === 'storage-dynamodb',
  open: (collections: Parameters<typeof openStore>[1]['collections']) =>
    openStore(plan, { collections, use: 'serve', log }),
})

const workFolder = ({ ends }: Prepared, name: string) =>
  makeWorkFolder(resolve(ends.plan.directory, '.freeda'), name)
