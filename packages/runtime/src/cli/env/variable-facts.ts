/** What the plan says of each variable, as plain data. Pure; never a value of the environment. */
import type { Variable } from '../../config/variables.ts'
import type { Plan } from '../../plugins/plan.ts'

export interface VariableFacts {
  readonly name: string
  /** What a value must look like, e.g. `a port from 0 to 65535`. */
  readonly expected: string
  readonly secret: boolean
  readonly required: boolean
  /** What it is when it is not set; null when it is nothing, or a secret. */
  readonly fallback: unknown
  readonly state: 'set' | 'unset' | 'missing' | 'invalid'
  /** Where its value stands; null when it is not set. */
  readonly from: 'environment' | '.env' | 'FREEDA_SECRETS' | null
  /** Plugins, and paths of the config that belong to none: `storage-json`, `server.port`. */
  readonly usedBy: readonly string[]
  /** Paths of the config and of plugins' `env`. */
  readonly paths: readonly string[]
}

/**
 * By name.
 * @param envFile variables that only `.env` sets
 */
export const variableFacts = (
  plan: Pick<Plan, 'variables' | 'plugins'>,
  envFile: ReadonlySet<string> = new Set(),
): VariableFacts[] =>
  plan.variables
    .map((variable) => factsOf(variable, plan.plugins, envFile))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

function factsOf(
  { name, expected, secret, required, fallback, source, usedBy }: Variable,
  plugins: Plan['plugins'],
  envFile: ReadonlySet<string>,
): VariableFacts {
  const users = usedBy.map((path) => plugins.find(({ at }) => path.startsWith(`${at}.`))?.name ?? path)
  return {
    name,
    expected,
    secret,
    required,
    fallback: fallback ?? null,
    state: stateOf(source),
    from: placeOf(name, source, envFile),
    usedBy: [...new Set(users)],
    paths: usedBy,
  }
}

function placeOf(
  name: string,
  source: Variable['source'],
  envFile: ReadonlySet<string>,
): VariableFacts['from'] {
  if (source === 'fallback' || source === 'missing') return null
  if (source === 'FREEDA_SECRETS') return source
  return envFile.has(name) ? '.env' : 'environment'
}

function stateOf(source: Variable['source']): VariableFacts['state'] {
  switch (source) {
    case 'environment':
    case 'FREEDA_SECRETS':
      return 'set'
    case 'fallback':
      return 'unset'
    default:
      return source
  }
}
