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
  /** From the package.json beside it. */
  readonly package: { readonly name?: string; readonly version?: string }
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
    importPlugin: (name) => importFrom(join(directory, 'freeda.config.ts'), name),
  }
}

async function readConfig(cwd: string, file: string | undefined) {
  const { cosmiconfig } = await import('cosmiconfig')
  const explorer = cosmiconfig('freeda', {
    searchPlaces: [...fileNames, 'package.json'],
    searchStrategy: 'project',
    loaders: { '.ts': importFile, '.mts': importFile, '.js': importFile, '.mjs': importFile },
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

/** TypeScript goes through jiti; JavaScript is imported by Node itself, so that a package is loaded once only. */
async function importFrom(parent: string, specifier: string): Promise<unknown> {
  const path = specifier.startsWith('.') ? resolve(dirname(parent), specifier) : specifier
  const target = resolve(path) === path ? path : resolvePackage(parent, path)
  if (target !== undefined && !/\.[cm]?ts$/.test(target))
    return defaultOf(await import(pathToFileURL(target).href))
  const { createJiti } = await import('jiti')
  // No file cache: it would write into the project, and a read-only folder must work.
  const jiti = createJiti(parent, { fsCache: false, tsconfigPaths: true, nativeModules: ['@freeda/runtime'] })
  return defaultOf(await jiti.import(target ?? path))
}

/** Undefined for what `require` cannot see, as a package whose exports have `import` only. */
function resolvePackage(parent: string, name: string): string | undefined {
  try {
    return createRequire(parent).resolve(name)
  } catch {
    return undefined
  }
}

const defaultOf = (module: unknown): unknown =>
  typeof module === 'object' && module !== null && 'default' in module ? module.default : module

async function callConfig(exported: unknown, file: string, mode: Mode): Promise<unknown> {
  if (typeof exported !== 'function') return exported
  try {
    return await (exported as (tools: unknown) => FreedaConfig | Promise<FreedaConfig>)(configTools(mode))
  } catch (error) {
    throw new FreedaError('FREEDA_CONFIG_LOAD', { file, reason: reasonOf(error) }, { cause: error })
  }
}

function packageOf(directory: string): LoadedConfig['package'] {
  try {
    const { name, version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >
    return {
      ...(typeof name === 'string' ? { name: name.replace(/^@[^/]*\//, '') } : {}),
      ...(typeof version === 'string' ? { version } : {}),
    }
  } catch {
    return {} // No package.json: the app's name falls back to its folder's.
  }
}

/** Name of an app that says none. */
export const folderName = (directory: string): string => basename(directory) || 'app'
