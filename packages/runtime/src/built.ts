/** `@freeda/runtime/built`: what the server that `freeda build` made starts with. Finds and imports nothing by name at run time. */
import { callConfig, defaultOf, type LoadedConfig } from './config/load-config.ts'
import { FreedaError } from './errors.ts'
import { planApp } from './plugins/plan-app.ts'
import { modeOf, startPlan } from './start.ts'

export interface BuiltApp {
  /** The module of the config file. */
  readonly config: unknown
  /** Absolute path of the config file, for messages. */
  readonly file: string
  /** Folder that relative paths start from. */
  readonly directory: string
  readonly package: { readonly name?: string; readonly version?: string; readonly build: string }
  /** The plugins that the config names as text. */
  readonly plugins: Readonly<Record<string, () => Promise<unknown>>>
}

/** Starts it; when that fails, says why on stderr and ends the process with code 1. */
export async function startBuilt({
  config,
  file,
  directory,
  package: made,
  plugins,
}: BuiltApp): Promise<void> {
  const mode = modeOf(process.env['NODE_ENV'])
  try {
    const loaded: LoadedConfig = {
      file,
      directory,
      package: made,
      config: await callConfig(defaultOf(config), file, mode),
      importPlugin: async (name) => defaultOf(await importNamed(plugins, name)),
    }
    await startPlan(await planApp(loaded, { mode, environment: process.env }))
  } catch (error) {
    const { printError } = await import('./cli/report/write-report.ts')
    printError(error)
    process.exitCode = 1
    process.stderr.write('', () => process.exit(1))
  }
}

async function importNamed(plugins: BuiltApp['plugins'], name: string): Promise<unknown> {
  const load = Object.hasOwn(plugins, name) ? plugins[name] : undefined
  if (load === undefined) throw new FreedaError('FREEDA_BUILD_PLUGIN', { name })
  return load()
}
