/** What a report of a bug needs to say. Nothing of the app is run for it. */
import { existsSync, readFileSync } from 'node:fs'
import { arch, platform, release } from 'node:os'
import { dirname, join } from 'node:path'
import { readConfig } from '../../config/load-config.ts'
import { findPackages } from '../doctor/check-packages.ts'
import { runtimeFolder } from '../dev/runtime-folder.ts'

export interface Versions {
  readonly freeda: string
  readonly node: string
  readonly system: string
  /** As npm 11.19.1; undefined where nothing tells. */
  readonly packageManager: string | undefined
  /** Absolute path; undefined when there is none from here. */
  readonly config: string | undefined
  /** Versions of Freeda's packages and of what they work with, in this project. More than one: several copies. */
  readonly packages: Readonly<Record<string, readonly string[]>>
}

const companions = ['esbuild', 'typescript', 'zod'] as const

export async function readVersions(cwd: string): Promise<Versions> {
  const config = await readConfig(cwd, undefined, async () => ({})).then(
    ({ file }) => file,
    () => undefined,
  )
  const directory = config === undefined ? cwd : dirname(config)
  const packages: Record<string, string[]> = {}
  for (const { name, version } of await findPackages(directory)) (packages[name] ??= []).push(version)
  for (const name of companions) {
    const version = installedVersion(name, directory)
    if (version !== undefined) packages[name] = [version]
  }
  return {
    freeda: manifestIn(runtimeFolder())?.version ?? '',
    node: process.versions.node,
    system: `${platform()} ${arch()}, ${release()}`,
    packageManager: packageManagerOf(directory),
    config,
    packages,
  }
}

interface Manifest {
  readonly version?: string
  readonly packageManager?: string
}

function manifestIn(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  } catch {
    return undefined
  }
}

const upwards = (folder: string): string[] =>
  dirname(folder) === folder ? [folder] : [folder, ...upwards(dirname(folder))]

const installedVersion = (name: string, directory: string): string | undefined =>
  upwards(directory)
    .map((folder) => manifestIn(join(folder, 'node_modules', name))?.version)
    .find((version) => version !== undefined)

const lockFiles = {
  'package-lock.json': 'npm',
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
} as const

/** Whoever runs this says so, as `npm/11.19.1 node/…`; else the project does. */
function packageManagerOf(directory: string): string | undefined {
  const [, name, version] = /^(\w+)\/(\S+)/.exec(process.env['npm_config_user_agent'] ?? '') ?? []
  if (name !== undefined) return `${name} ${version}`
  for (const folder of upwards(directory)) {
    const named = manifestIn(folder)?.packageManager
    if (named !== undefined) return named.replace('@', ' ').replace(/\+.*/, '')
    const lock = Object.entries(lockFiles).find(([file]) => existsSync(join(folder, file)))
    if (lock !== undefined) return lock[1]
  }
  return undefined
}
