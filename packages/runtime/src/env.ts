/**
 * Descriptors of environment variables: data that says what a config wants of the environment. The plan resolves and
 * reports all of them together; nothing reads a value before that, so `freeda build` needs none.
 */

const kind = Symbol.for('freeda.env')

/** Wants one environment variable as a `T`. Unset is not empty: an empty string is a value, and often a wrong one. */
export interface EnvDescriptor<T = unknown> {
  readonly [kind]: true
  readonly name: string
  /** What a value must look like, for messages and `.env.example`: `a port from 0 to 65535`. */
  readonly expected: string
  /** A secret is also looked up in `FREEDA_SECRETS`, and never printed. */
  readonly secret: boolean
  /** Whether it may stay unset; it then is `fallback`. */
  readonly hasFallback: boolean
  readonly fallback: T | undefined
  /** A value of the right shape, for tools that look at an app where the variable is not set. */
  readonly standIn: T
  /** The value of a variable that is set, or `undefined` when it is not `expected`. */
  parse(raw: string): T | undefined
}

type Fallback<T> = [] | [fallback: T]
type Result<T, F extends readonly unknown[]> = F extends [infer V] ? (V extends T ? T : T | V) : T

interface Shape<T> {
  readonly expected: string
  readonly standIn: T
  readonly secret?: boolean
  parse(raw: string): T | undefined
}

const descriptor = <T>(name: string, shape: Shape<T>, rest: readonly unknown[]): EnvDescriptor<T> => ({
  [kind]: true,
  name,
  secret: false,
  hasFallback: rest.length > 0,
  fallback: rest[0] as T | undefined,
  ...shape,
})

/** Says what it is wherever it shows up; in letters that names of tables and buckets may have. */
const unsetText = (name: string) => `unset-${name}`
/** Keys are often demanded to be long. */
const unsetSecret = (name: string) => unsetText(name).padEnd(64, '-')
/** A name that never resolves. Source: https://www.rfc-editor.org/rfc/rfc6761#section-6.4 */
const unsetUrl = 'http://unset.invalid'

const number = (raw: string) => (raw.trim() !== '' && Number.isFinite(Number(raw)) ? Number(raw) : undefined)
const port = (raw: string) => (/^\d{1,5}$/.test(raw) && Number(raw) <= 65535 ? Number(raw) : undefined)
const url = (raw: string) => (URL.canParse(raw) ? raw : undefined)
const truths: Readonly<Record<string, boolean>> = {
  true: true,
  1: true,
  yes: true,
  on: true,
  false: false,
  0: false,
  no: false,
  off: false,
}
const boolean = (raw: string) =>
  Object.hasOwn(truths, raw.toLowerCase()) ? truths[raw.toLowerCase()] : undefined

/** `env('TABLE_NAME')`: required. `env('REGION', 'eu-west-1')`: with a fallback. `env('X', undefined)`: optional. */
export interface Env {
  <const F extends Fallback<string | undefined>>(
    name: string,
    ...fallback: F
  ): EnvDescriptor<Result<string, F>>
  /** A TCP port, 0–65535. */
  port<const F extends Fallback<number | undefined>>(
    name: string,
    ...fallback: F
  ): EnvDescriptor<Result<number, F>>
  /** A finite number. */
  number<const F extends Fallback<number | undefined>>(
    name: string,
    ...fallback: F
  ): EnvDescriptor<Result<number, F>>
  /** `true/1/yes/on` or `false/0/no/off`. */
  boolean<const F extends Fallback<boolean | undefined>>(
    name: string,
    ...fallback: F
  ): EnvDescriptor<Result<boolean, F>>
  /** An absolute URL. */
  url<const F extends Fallback<string | undefined>>(
    name: string,
    ...fallback: F
  ): EnvDescriptor<Result<string, F>>
  /** One of the given words. */
  oneOf<const C extends readonly string[], const F extends Fallback<C[number] | undefined>>(
    name: string,
    choices: C,
    ...fallback: F
  ): EnvDescriptor<Result<C[number], F>>
}

const text = (name: string): Shape<string> => ({
  expected: 'text',
  standIn: unsetText(name),
  parse: (raw) => raw,
})
const shapes = {
  port: { expected: 'a port from 0 to 65535', standIn: 0, parse: port },
  number: { expected: 'a number', standIn: 1, parse: number },
  boolean: { expected: 'true or false', standIn: false, parse: boolean },
  url: { expected: 'an absolute URL', standIn: unsetUrl, parse: url },
} satisfies Record<string, Shape<unknown>>
const word = (choices: readonly string[]): Shape<string> => ({
  expected: `one of ${choices.join(', ')}`,
  standIn: choices[0] ?? '',
  parse: (raw) => choices.find((choice) => choice === raw),
})

/** Makes descriptors of environment variables. */
export const env: Env = Object.assign(
  (name: string, ...rest: unknown[]) => descriptor(name, text(name), rest),
  {
    port: (name: string, ...rest: unknown[]) => descriptor(name, shapes.port, rest),
    number: (name: string, ...rest: unknown[]) => descriptor(name, shapes.number, rest),
    boolean: (name: string, ...rest: unknown[]) => descriptor(name, shapes.boolean, rest),
    url: (name: string, ...rest: unknown[]) => descriptor(name, shapes.url, rest),
    oneOf: (name: string, choices: readonly string[], ...rest: unknown[]) =>
      descriptor(name, word(choices), rest),
  },
) as Env

/** `secret('JWT_KEY')`: like `env`, never printed; must not be empty. */
export type Secret = <const F extends Fallback<string | undefined>>(
  name: string,
  ...fallback: F
) => EnvDescriptor<Result<string, F>>

/** Makes descriptors of secrets: from the environment, or from the JSON object in `FREEDA_SECRETS`. */
export const secret: Secret = ((name: string, ...rest: unknown[]) =>
  descriptor(
    name,
    {
      expected: 'a secret that is not empty',
      standIn: unsetSecret(name),
      secret: true,
      parse: (raw: string) => (raw === '' ? undefined : raw),
    },
    rest,
  )) as Secret

export const isEnvDescriptor = (value: unknown): value is EnvDescriptor =>
  typeof value === 'object' && value !== null && kind in value

/** A value, or one whose parts come from the environment. */
export type Configurable<T> =
  | EnvDescriptor<T>
  | (T extends (...args: never[]) => unknown
      ? T
      : T extends object
        ? { [K in keyof T]: Configurable<T[K]> }
        : T)
