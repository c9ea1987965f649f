/** The text of `.env.example`. Pure: the same for the same config, whatever the environment holds. */
import type { VariableFacts } from './variable-facts.ts'

/** A variable of several modes. */
interface Merged extends VariableFacts {
  /** Where it must be set; of all modes that were planned when it is required in each. */
  readonly requiredIn: readonly string[]
}

export interface PlannedMode {
  readonly mode: string
  readonly variables: readonly VariableFacts[]
}

/** @param modes an app may want other variables in production than in development */
export function envExample(app: string, modes: readonly PlannedMode[]): string {
  const blocks = merge(modes).map((variable) => block(variable, modes.length))
  const head = `# What ${app} takes from its environment. Copy it to .env and fill in what has no value.\n# Written by \`freeda env --example\`.`
  return `${[head, ...blocks].join('\n\n')}\n`
}

function merge(modes: readonly PlannedMode[]): Merged[] {
  const byName = new Map<string, Merged>()
  for (const { mode, variables } of modes)
    for (const variable of variables) {
      const known = byName.get(variable.name)
      const requiredIn = [...(known?.requiredIn ?? []), ...(variable.required ? [mode] : [])]
      byName.set(variable.name, {
        ...(known ?? variable),
        secret: variable.secret || known?.secret === true,
        fallback: known?.fallback ?? variable.fallback,
        usedBy: [...new Set([...(known?.usedBy ?? []), ...variable.usedBy])],
        requiredIn,
      })
    }
  return [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function block({ name, expected, secret, fallback, usedBy, requiredIn }: Merged, modes: number): string {
  const need =
    requiredIn.length === 0
      ? 'Optional'
      : requiredIn.length === modes
        ? 'Required'
        : `Required in ${requiredIn.join(', ')}`
  const value = secret || fallback === null ? '' : quoted(String(fallback))
  // Commented out: an empty value is a value, and often a wrong one.
  const line = `${requiredIn.length === modes ? '' : '# '}${name}=${value}`
  return `# ${sentence(expected)}. ${need}; used by ${usedBy.join(', ')}.\n${line}`
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

/** As `node --env-file` reads it back. */
const quoted = (value: string): string =>
  /^[\w./:@,+-]*$/.test(value) ? value : value.includes("'") ? JSON.stringify(value) : `'${value}'`

/** Names of variables in a `.env` file, also of those that are commented out. */
export const namesIn = (text: string): Set<string> =>
  new Set([...text.matchAll(/^(?:#\s*)?(?:export\s+)?([A-Za-z_]\w*)=/gm)].map(([, name]) => name!))
