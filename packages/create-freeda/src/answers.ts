/** What a project is made from: every question, its flag and its default. */
import { builtinModules } from 'node:module'

export const templates = ['minimal', 'api', 'realtime'] as const
export const storages = ['dynamodb', 'json'] as const
export const packageManagers = ['npm', 'pnpm', 'yarn', 'bun'] as const

export type PackageManager = (typeof packageManagers)[number]

/** What decides the content of a project: recorded in it, for later upgrades. */
export interface ProjectAnswers {
  readonly name: string
  readonly template: (typeof templates)[number]
  /** The store in production; elsewhere documents are in a folder of JSON. */
  readonly storage: (typeof storages)[number]
  /** Of AWS. */
  readonly region: string
  /** Callers need an API key. */
  readonly auth: boolean
  /** Instances share caches and rate limits, on Redis or Valkey. Absent in records of older templates. */
  readonly cache?: boolean
  readonly packageManager: PackageManager
}

/** What happens beside. */
export interface Answers extends ProjectAnswers {
  readonly git: boolean
  readonly install: boolean
}

/** Why a name cannot be that of a project; undefined when it can. */
export function nameProblem(name: string): string | undefined {
  if (/^[a-z][a-z0-9-]{1,22}[a-z0-9]$/.test(name))
    return builtinModules.includes(name) || refusedByNpm.has(name)
      ? `"${name}" is a name that npm refuses.`
      : undefined
  const meant = name
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-0-9]+/g, '')
    .slice(0, 24)
    .replaceAll(/-+$/g, '')
  const hint = meant.length >= 3 && nameProblem(meant) === undefined ? ` Try "${meant}".` : ''
  return `"${name}" cannot name a project: use 3 to 24 lower-case letters, digits and "-", and begin with a letter.${hint}`
}

const refusedByNpm: ReadonlySet<string> = new Set(['node-modules', 'favicon', 'node_modules'])

export const regionProblem = (region: string): string | undefined =>
  /^[a-z]{2}(-[a-z]+)+-\d$/.test(region)
    ? undefined
    : `"${region}" is not a region of AWS. Write it as "us-east-1".`

/** The package manager that runs this program. Source: npm, pnpm, yarn and bun all set `npm_config_user_agent`. */
export function runningPackageManager(
  userAgent = process.env['npm_config_user_agent'] ?? '',
): PackageManager {
  return packageManagers.find((name) => userAgent.startsWith(`${name}/`)) ?? 'npm'
}

export const defaults = (packageManager: PackageManager): Omit<Answers, 'name'> => ({
  template: 'api',
  storage: 'dynamodb',
  // Empty is not set, as for the aws command.
  region: process.env['AWS_REGION'] || 'us-east-1',
  auth: false,
  cache: false,
  packageManager,
  git: true,
  install: true,
})
