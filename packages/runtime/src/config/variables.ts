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
  /** What it is when it is not set; not shown of a secret. */
  readonly fallback: unknown
  /** `invalid`: it is set, but not to what is expected. */
  readonly source: 'environment' | 'FREEDA_SECRETS' | 'fallback' | 'missing' | 'invalid'
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
  /** What is missing or wrong, where stand-ins took its place. */
  readonly gaps: readonly Problem[]
  readonly list: () => Variable[]
  /** Values that must never be printed. */
  readonly secrets: () => string[]
}

export interface VariablesOptions {
  /** `stand-in`: what is missing or wrong gets a value of the right shape, and is a gap instead of a problem. */
  readonly unset?: 'refuse' | 'stand-in' | undefined
}

interface Seen {
  readonly descriptors: EnvDescriptor[]
  source: Variable['source']
  readonly usedBy: string[]
}

/** @param environment usually `process.env`; its `FREEDA_SECRETS` is one JSON object of secrets. */
export function variables(environment: Environment, { unset = 'refuse' }: VariablesOptions = {}): Variables {
  const { values: injected, problems } = injectedSecrets(environment['FREEDA_SECRETS'])
  const seen = new Map<string, Seen>()
  const gaps: Problem[] = []
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
          : raw === undefined
            ? 'missing'
            : 'invalid'
    keep(descriptor, source, at)
    if (source === 'fallback') return descriptor.fallback
    if (source !== 'missing' && source !== 'invalid') return value
    unresolved.add(at)
    const problem =
      raw === undefined ? notSet(descriptor, at, environment, injected) : wrong(descriptor, at, raw)
    if (unset === 'refuse') return void problems.push(problem)
    gaps.push(problem)
    return descriptor.standIn
  }

  function keep(descriptor: EnvDescriptor, source: Variable['source'], at: string): void {
    const entry = seen.get(descriptor.name)
    if (entry === undefined)
      return void seen.set(descriptor.name, { descriptors: [descriptor], source, usedBy: [at] })
    entry.descriptors.push(descriptor)
    entry.usedBy.push(at)
    // One that is enough for one place may be too little for another.
    if (source === 'missing' || source === 'invalid') entry.source = source
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
    gaps,
    secrets: () => [...secretValues].filter((value) => value !== ''),
    list: () =>
      [...seen].map(([name, { descriptors, source, usedBy }]) => {
        const secret = descriptors.some((each) => each.secret)
        return {
          name,
          expected: descriptors[0]!.expected,
          secret,
          required: descriptors.some((each) => !each.hasFallback),
          fallback: secret ? undefined : descriptors.find((each) => each.hasFallback)?.fallback,
          source,
          usedBy,
        }
      }),
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

function notSet(
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
