/** Resolves the environment descriptors of a config: all of them, reporting what is missing or wrong together. */
import { isEnvDescriptor, type EnvDescriptor } from '../env.ts'
import type { Problem } from '../errors.ts'
import { didYouMean } from './suggest.ts'

/** Where the values of variables come from. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A variable that the app reads. */
export interface Variable {
  readonly name: string
  readonly expected: string
  readonly secret: boolean
  readonly required: boolean
  /** `environment`, `FREEDA_SECRETS`, `fallback`, or `missing` (also when it is set but wrong). */
  readonly source: 'environment' | 'FREEDA_SECRETS' | 'fallback' | 'missing'
  /** Config paths and plugins that use it. */
  readonly usedBy: readonly string[]
}

export interface Variables {
  /** `value` with every descriptor in it replaced. */
  resolve(value: unknown, at: string): unknown
  /** Paths whose variable could not be resolved. */
  readonly unresolved: ReadonlySet<string>
  /** Paths whose value is a secret. */
  readonly secretPaths: ReadonlySet<string>
  readonly problems: readonly Problem[]
  readonly list: () => Variable[]
  /** Values that must never be printed. */
  readonly secrets: () => string[]
}

/** @param environment usually `process.env`; its `FREEDA_SECRETS` is one JSON object of secrets. */
export function variables(environment: Environment): Variables {
  const { values: injected, problems } = injectedSecrets(environment['FREEDA_SECRETS'])
  const seen = new Map<string, { descriptor: EnvDescriptor; source: Variable['source']; usedBy: string[] }>()
  const secretValues = new Set<string>(injected.values())
  const unresolved = new Set<string>()
  const secretPaths = new Set<string>()

  function lookUp(descriptor: EnvDescriptor, at: string): unknown {
    const { name } = descriptor
    const own = environment[name]
    const raw = own ?? (descriptor.secret ? injected.get(name) : undefined)
    const value = raw === undefined ? undefined : descriptor.parse(raw)
    if (descriptor.secret) secretPaths.add(at)
    if (descriptor.secret && raw !== undefined) secretValues.add(raw)
    if (descriptor.secret && typeof descriptor.fallback === 'string') secretValues.add(descriptor.fallback)
    const source =
      value !== undefined
        ? own === undefined
          ? 'FREEDA_SECRETS'
          : 'environment'
        : raw === undefined && descriptor.hasFallback
          ? 'fallback'
          : 'missing'
    const entry = seen.get(name) ?? { descriptor, source, usedBy: [] }
    entry.usedBy.push(at)
    seen.set(name, entry)
    if (source === 'fallback') return descriptor.fallback
    if (source === 'missing') {
      unresolved.add(at)
      problems.push(
        raw === undefined ? unset(descriptor, at, environment, injected) : wrong(descriptor, at, raw),
      )
    }
    return value
  }

  function resolve(value: unknown, at: string): unknown {
    if (isEnvDescriptor(value)) return lookUp(value, at)
    if (Array.isArray(value)) return value.map((item, i) => resolve(item, `${at}[${i}]`))
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      return value
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, resolve(item, at === '' ? key : `${at}.${key}`)]),
    )
  }

  return {
    resolve,
    unresolved,
    secretPaths,
    problems,
    secrets: () => [...secretValues].filter((value) => value !== ''),
    list: () =>
      [...seen.values()].map(({ descriptor, source, usedBy }) => ({
        name: descriptor.name,
        expected: descriptor.expected,
        secret: descriptor.secret,
        required: !descriptor.hasFallback,
        source,
        usedBy,
      })),
  }
}

function injectedSecrets(raw: string | undefined): { values: Map<string, string>; problems: Problem[] } {
  const values = new Map<string, string>()
  if (raw === undefined || raw === '') return { values, problems: [] }
  const problem = (message: string): Problem => ({
    code: 'secrets_malformed',
    at: 'FREEDA_SECRETS',
    message,
    fix: 'Set it to one JSON object, e.g. {"JWT_KEY":"…"}; its content is not shown here.',
  })
  let parsed: unknown
  try {
    parsed = JSON.parse(raw)
  } catch {
    return { values, problems: [problem('is not valid JSON.')] }
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return { values, problems: [problem('is JSON, but not an object.')] }
  const problems: Problem[] = []
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value === 'object') problems.push(problem(`has a value for "${name}" that is not text.`))
    else values.set(name, String(value))
  }
  return { values, problems }
}

function unset(
  { name, expected, secret }: EnvDescriptor,
  at: string,
  environment: Environment,
  injected: ReadonlyMap<string, string>,
): Problem {
  const known = [...Object.keys(environment), ...injected.keys()]
  const similar = didYouMean(name, known)
  return {
    code: secret ? 'secret_missing' : 'env_missing',
    at,
    message: `the ${secret ? 'secret' : 'environment variable'} ${name} is not set; expected ${expected}.`,
    fix: `Set ${name}${secret ? ' in the environment or in FREEDA_SECRETS' : ''}.${similar.startsWith('Did') ? ` ${similar}` : ''}`,
  }
}

function wrong({ name, expected, secret }: EnvDescriptor, at: string, raw: string): Problem {
  const found = raw === '' ? 'empty' : secret ? 'something else' : `"${raw}"`
  return {
    code: secret ? 'secret_invalid' : 'env_invalid',
    at,
    message: `the ${secret ? 'secret' : 'environment variable'} ${name} is ${found}; expected ${expected}.`,
    fix: raw === '' ? `Set ${name}, or unset it: empty is not the same as unset.` : `Correct ${name}.`,
  }
}
