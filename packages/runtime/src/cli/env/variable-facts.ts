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
  /** Whether its value is in `FREEDA_SECRETS`. */
  readonly injected: boolean
  /** Plugins, and paths of the config that belong to none: `storage-json`, `server.port`. */
  readonly usedBy: readonly string[]
  /** Paths of the config and of plugins' `env`. */
  readonly paths: readonly string[]
}

/** By name. */
export const variableFacts = (plan: Pick<Plan, 'variables' | 'plugins'>): VariableFacts[] =>
  plan.variables
    .map((variable) => factsOf(variable, plan.plugins))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

function factsOf(
  { name, expected, secret, required, fallback, source, usedBy }: Variable,
  plugins: Plan['plugins'],
): VariableFacts {
  const users = usedBy.map((path) => plugins.find(({ at }) => path.startsWith(`${at}.`))?.name ?? path)
  return {
    name,
    expected,
    secret,
    required,
    fallback: fallback ?? null,
    state: stateOf(source),
    injected: source === 'FREEDA_SECRETS',
    usedBy: [...new Set(users)],
    paths: usedBy,
  }
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
