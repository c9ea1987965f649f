/** Finds the config file and imports it. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FreedaError, reasonOf } from '../errors.ts'
import type { Mode } from '../plugin.ts'
import { configTools, type FreedaConfig } from './define-config.ts'

const fileNames = ['ts', 'mts', 'js', 'mjs', 'json'].map((extension) => `freeda.config.${extension}`)

/** A config as it was written, not yet checked. */
export interface LoadedConfig {
  /** Absolute path, or `config` when it was given as a value. */
  readonly file: string
  /** Folder that relative paths and plugin names start from. */
  readonly directory: string
  readonly config: unknown
  /** From the package.json beside it; `build` of an app that `freeda build` made. */
  readonly package: { readonly name?: string; readonly version?: string; readonly build?: string }
  /** Imports a plugin by the name of its package or by its path. */
  importPlugin(name: string): Promise<unknown>
}

export interface LoadOptions {
  /** Where the search begins; up to the folder with the package.json. Default: the working directory. */
  readonly cwd?: string | undefined
  /** The file to take instead of searching. */
  readonly file?: string | undefined
  /** The config itself: nothing is searched. */
  readonly config?: unknown
  readonly mode: Mode
}

/** @throws FREEDA_CONFIG_NOT_FOUND, FREEDA_CONFIG_LOAD */
export async function loadConfig({
  cwd = process.cwd(),
  file,
  config,
  mode,
}: LoadOptions): Promise<LoadedConfig> {
  const found =
    config === undefined
      ? await readConfig(resolve(cwd), file)
      : { file: 'config', directory: resolve(cwd), exported: config }
  const { directory } = found
  return {
    file: found.file,
    directory,
    config: await callConfig(found.exported, found.file, mode),
    package: packageOf(directory),
    importPlugin: (name) => importPluginFrom(directory, name),
  }
}

/**
 * The config with what its file exports: a function is not called.
 * @param load imports a file of code; something else than the default only wants to know which file it is
 * @throws FREEDA_CONFIG_NOT_FOUND, FREEDA_CONFIG_LOAD
 */
export async function readConfig(
  cwd: string,
  file: string | undefined,
  load: (path: string) => Promise<unknown> = importFile,
) {
  const { cosmiconfig } = await import('cosmiconfig')
  const explorer = cosmiconfig('freeda', {
    searchPlaces: [...fileNames, 'package.json'],
    searchStrategy: 'project',
    loaders: { '.ts': load, '.mts': load, '.js': load, '.mjs': load },
  })
  try {
    const result = await (file === undefined ? explorer.search(cwd) : explorer.load(resolve(cwd, file)))
    if (result === null)
      throw new FreedaError('FREEDA_CONFIG_NOT_FOUND', {
        searched: cwd,
        fix: 'Create freeda.config.ts with `export default defineConfig({ plugins: [] })`, or run the command in the project folder.',
      })
    return { file: result.filepath, directory: dirname(result.filepath), exported: result.config as unknown }
  } catch (error) {
    if (error instanceof FreedaError) throw error
    const missing = file !== undefined && !existsSync(resolve(cwd, file))
    throw missing
      ? new FreedaError('FREEDA_CONFIG_NOT_FOUND', {
          searched: resolve(cwd, file),
          fix: 'There is no such file.',
        })
      : new FreedaError(
          'FREEDA_CONFIG_LOAD',
          { file: file ?? cwd, reason: reasonOf(error) },
          { cause: error },
        )
  }
}

async function importFile(path: string): Promise<unknown> {
  try {
    return await importFrom(path, path)
  } catch (error) {
    throw new FreedaError('FREEDA_CONFIG_LOAD', { file: path, reason: reasonOf(error) }, { cause: error })
  }
}

/** Imports a plugin that a config in that folder names as text. */
export const importPluginFrom = (directory: string, name: string): Promise<unknown> =>
  importFrom(join(directory, 'freeda.config.ts'), name)

/**
 * JavaScript is imported by Node itself, so that a package is loaded once only. TypeScript too where Node strips types
 * without a warning (seven times as fast, and stack traces are exact); what it cannot strip or resolve goes through jiti.
 */
async function importFrom(parent: string, specifier: string): Promise<unknown> {
  const path = specifier.startsWith('.') ? resolve(dirname(parent), specifier) : specifier
  const target = resolve(path) === path ? path : resolvePackage(parent, path)
  const isTypeScript = target === undefined || /\.[cm]?ts$/.test(target)
  if (target !== undefined && (!isTypeScript || isStrippable(target))) {
    try {
      return defaultOf(await import(/* @vite-ignore */ pathToFileURL(target).href))
    } catch (error) {
      if (!isTypeScript || !isBeyondStripping(error)) throw error
    }
  }
  const { createJiti } = await import('jiti')
  // No file cache: it would write into the project, and a read-only folder must work.
  const jiti = createJiti(parent, { fsCache: false, tsconfigPaths: true, nativeModules: ['@freeda/runtime'] })
  return defaultOf(await jiti.import(target ?? path))
}

/** Node 22 strips types too, but warns about it at every start. */
const stripsTypes =
  'typescript' in process.features &&
  process.features.typescript !== false &&
  Number.parseInt(process.versions.node) >= 24

/** Without `"type": "module"` Node has to guess, and warns that it did. */
const isStrippable = (path: string): boolean =>
  stripsTypes && (path.endsWith('.mts') || nearestPackage(dirname(path))['type'] === 'module')

const beyondStripping: ReadonlySet<unknown> = new Set([
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX', // enums, parameter properties
  'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING', // a package that ships TypeScript
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_MODULE_NOT_FOUND', // an import without its extension, or by a path of tsconfig.json
  'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_PACKAGE_IMPORT_NOT_DEFINED', // `#app/…` that is a path of tsconfig.json
  'ERR_INVALID_TYPESCRIPT_SYNTAX', // jiti says where
])

/** These are found while modules are linked, before any of them ran: nothing is run twice. */
const isBeyondStripping = (error: unknown): boolean =>
  beyondStripping.has((error as { code?: unknown } | null)?.code) ||
  // A type that is imported as if it were a value.
  (error instanceof SyntaxError && /does not provide an export named/.test(error.message))

/** Undefined for what `require` cannot see, as a package whose exports have `import` only. */
function resolvePackage(parent: string, name: string): string | undefined {
  try {
    return createRequire(parent).resolve(name)
  } catch {
    return undefined
  }
}

/** The default export, or what a module is as a whole. */
export const defaultOf = (module: unknown): unknown =>
  typeof module === 'object' && module !== null && 'default' in module ? module.default : module

/** @throws FREEDA_CONFIG_LOAD */
export async function callConfig(exported: unknown, file: string, mode: Mode): Promise<unknown> {
  if (typeof exported !== 'function') return exported
  try {
    return await (exported as (tools: unknown) => FreedaConfig | Promise<FreedaConfig>)(configTools(mode))
  } catch (error) {
    throw new FreedaError('FREEDA_CONFIG_LOAD', { file, reason: reasonOf(error) }, { cause: error })
  }
}

/** Name without its scope, and version, of the package.json in a folder; nothing where there is none. */
export function packageOf(directory: string): LoadedConfig['package'] {
  const { name, version } = readPackage(directory) ?? {}
  return {
    ...(typeof name === 'string' ? { name: name.replace(/^@[^/]*\//, '') } : {}),
    ...(typeof version === 'string' ? { version } : {}),
  }
}

function nearestPackage(directory: string): Readonly<Record<string, unknown>> {
  const parent = dirname(directory)
  return readPackage(directory) ?? (parent === directory ? {} : nearestPackage(parent))
}

/** Undefined when there is none, or one that nobody can read: then it has nothing to say here. */
function readPackage(directory: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Record<string, unknown>
  } catch {
    return undefined
  }
}

/** Name of an app that says none. */
export const folderName = (directory: string): string => basename(directory) || 'app'
