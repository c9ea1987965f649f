/** Makes a version out of what lies on the disk: the config, the project's own modules, `.env`. */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readConfig } from '../../config/load-config.ts'
import { reportOf, type ErrorReport } from '../report/error-report.ts'
import type { Bundler } from './bundler.ts'
import { readEnvFile } from './env-file.ts'
import type { Version } from './messages.ts'

export type Prepared =
  | { readonly type: 'version'; readonly version: Version; readonly hash: string }
  | { readonly type: 'failed'; readonly report: ErrorReport }

export interface Preparation {
  prepare(): Promise<Prepared>
  /** Bundles a plugin too that the config names as text. */
  want(name: string, file: string): void
  /** Removes what was made before that version. */
  tidy(version: Version): Promise<void>
  /** What the next version depends on: absolute paths. */
  readonly files: readonly string[]
}

/** @param configFile absolute path of the config, found before */
export function preparation(configFile: string, bundler: Bundler): Preparation {
  const directory = dirname(configFile)
  const envFile = join(directory, '.env')
  const isModule = /\.[cm]?[jt]s$/.test(configFile)
  const wanted = new Map<string, string>()
  const always = [configFile, envFile, join(directory, 'package.json'), join(directory, 'tsconfig.json')]
  let inputs: readonly string[] = []
  let number = 0

  async function prepare(): Promise<Prepared> {
    if (!existsSync(configFile)) return { type: 'failed', report: goneReport(configFile) }
    const env = readEnvFile(envFile)
    if (env.type === 'failed') return env
    const plugins = [...wanted].filter(([, file]) => existsSync(file))
    const entries = {
      ...(isModule ? { config: configFile } : {}),
      ...Object.fromEntries(plugins.map(([, file], index) => [`plugin${index}`, file])),
    }
    number++
    const bundled = await bundler.bundle(entries, number)
    // What a failed bundle did not get to is watched on, for the mistake may be mended there.
    inputs = bundled.type === 'built' ? bundled.inputs : [...new Set([...inputs, ...bundled.inputs])]
    if (bundled.type === 'failed') return bundled
    const exported = isModule ? undefined : await readData(configFile)
    if (exported !== undefined && 'report' in exported) return { type: 'failed', report: exported.report }
    const version: Version = {
      number,
      configFile,
      config: bundled.files['config'],
      ...(exported === undefined ? {} : { exported: exported.value }),
      plugins: Object.fromEntries(
        plugins.map(([name], index) => [name, bundled.files[`plugin${index}`]!] as const),
      ),
      environment: env.values,
    }
    return { type: 'version', version, hash: JSON.stringify([bundled.hash, env.values, exported?.value]) }
  }

  return {
    prepare,
    tidy: ({ number }) => bundler.tidy(number),
    want: (name, file) => void wanted.set(name, file),
    get files() {
      return [...always, ...inputs, ...wanted.values()]
    },
  }
}

async function readData(
  file: string,
): Promise<{ readonly value: unknown } | { readonly report: ErrorReport }> {
  try {
    return { value: (await readConfig(dirname(file), file)).exported }
  } catch (error) {
    return { report: reportOf(error) }
  }
}

const goneReport = (file: string): ErrorReport => ({
  message: `${file} is gone.`,
  code: 'FREEDA_CONFIG_NOT_FOUND',
  problems: [],
  stack: [],
  fix: `Bring ${basename(file)} back, or stop with Ctrl-C and start again where the config is.`,
})
