/** Validates options against any Standard Schema, and says which keys nobody reads. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Problem } from '../errors.ts'
import { pathText } from '../validate.ts'
import { didYouMean } from './suggest.ts'
import type { Variables } from './variables.ts'

export interface Checked {
  readonly value: unknown
  readonly problems: Problem[]
}

/**
 * @param at path of `input` in the config, for the problems.
 * @param variables tells which paths are reported already, since their variable is missing, and which are secret.
 * @returns no value and no problem when nothing is wrong but what is reported already.
 */
export async function checkOptions(
  schema: StandardSchemaV1,
  input: unknown,
  at: string,
  variables: Pick<Variables, 'unresolved' | 'secretPaths'>,
): Promise<Checked> {
  const checked = await check(schema, input, at, variables)
  const { unresolved } = variables
  if (checked.value !== undefined || checked.problems.length > 0 || unresolved.size === 0) return checked
  // A stand-in that the schema refuses is left out: a default may do.
  return check(schema, withoutPaths(input, at, unresolved), at, variables)
}

async function check(
  schema: StandardSchemaV1,
  input: unknown,
  at: string,
  variables: Pick<Variables, 'unresolved' | 'secretPaths'>,
): Promise<Checked> {
  const result = await schema['~standard'].validate(input)
  if (result.issues === undefined)
    return { value: result.value, problems: droppedKeys(input, result.value, at, () => knownKeys(schema)) }
  const problems = result.issues
    .flatMap(closestBranch)
    .flatMap((issue) => issueProblems(issue, input, at, schema, variables.secretPaths))
  return {
    value: undefined,
    problems: problems.filter((problem) => !covered(problem.at, variables.unresolved)),
  }
}

const covered = (at: string, unresolved: ReadonlySet<string>) =>
  [...unresolved].some((path) => at === path || at.startsWith(`${path}.`) || at.startsWith(`${path}[`))

function withoutPaths(value: unknown, at: string, paths: ReadonlySet<string>): unknown {
  if (!isPlainObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const path = at === '' ? key : `${at}.${key}`
      return paths.has(path) ? [] : [[key, withoutPaths(item, path, paths)]]
    }),
  )
}

/** zod says of a union only that no branch fits; the branch that fits at its root is the one that was meant. */
function closestBranch(issue: StandardSchemaV1.Issue): StandardSchemaV1.Issue[] {
  const { errors } = issue as { errors?: readonly (readonly StandardSchemaV1.Issue[])[] }
  const meant = errors?.find((branch) =>
    branch.every(({ path, ...rest }) => (path ?? []).length > 0 || 'keys' in rest),
  )
  return (
    meant?.map((inner) => ({ ...inner, path: [...(issue.path ?? []), ...(inner.path ?? [])] })) ?? [issue]
  )
}

/** zod reports all unknown keys of a strict object as one issue; each is a problem of its own. */
function issueProblems(
  issue: StandardSchemaV1.Issue,
  input: unknown,
  at: string,
  schema: StandardSchemaV1,
  secretPaths: ReadonlySet<string>,
): Problem[] {
  const path = pathText(issue.path ?? [], at)
  const { keys } = issue as { keys?: unknown }
  const found = valueAt(input, issue.path)
  if (Array.isArray(keys))
    return keys.map((key) => unknownKey(path, String(key), knownKeys(schema, issue.path)))
  const message = `${lowerFirst(issue.message).replace(/\.$/, '')}; found ${secretPaths.has(path) ? 'a secret, which is not shown' : describe(found)}.`
  return [{ code: 'option_invalid', at: path === '' ? 'config' : path, message, fix: 'Correct it.' }]
}

const lowerFirst = (text: string) =>
  text.replace(/^Invalid input: /, '').replace(/^[A-Z](?![A-Z])/, (c) => c.toLowerCase())

const unknownKey = (path: string, key: string, known: readonly string[]): Problem => ({
  code: 'unknown_key',
  at: path === '' ? key : `${path}.${key}`,
  message: 'is not an option.',
  fix: didYouMean(key, known),
})

/**
 * A schema that strips unknown keys would hide a typing mistake: what it dropped is an error here.
 * @param known asked only when something is missing: to make a JSON Schema takes longer than to validate
 */
function droppedKeys(
  input: unknown,
  output: unknown,
  at: string,
  known: () => readonly string[] = () => [],
): Problem[] {
  if (!isPlainObject(input) || !isPlainObject(output)) return []
  return Object.entries(input).flatMap(([key, value]) => {
    if (key in output) return droppedKeys(value, output[key], `${at}.${key}`)
    if (value === undefined || known().includes(key)) return []
    return [unknownKey(at, key, [...new Set([...known(), ...Object.keys(output)])])]
  })
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.getPrototypeOf(value) === Object.prototype

/** Property names of the schema, where it can tell: Standard JSON Schema, https://standardschema.dev/json-schema. */
function knownKeys(schema: StandardSchemaV1, path: StandardSchemaV1.Issue['path'] = []): string[] {
  try {
    const standard = schema['~standard'] as {
      jsonSchema?: { input(options: { target: string }): Record<string, unknown> }
    }
    let node: unknown = standard.jsonSchema?.input({ target: 'draft-2020-12' })
    for (const segment of path)
      node = propertiesOf(node)?.[String(typeof segment === 'object' ? segment.key : segment)]
    return Object.keys(propertiesOf(node) ?? {})
  } catch {
    return [] // Some schemas have no JSON Schema; then there is nothing to suggest from.
  }
}

interface JsonSchemaNode {
  readonly properties?: Readonly<Record<string, unknown>>
  readonly anyOf?: readonly JsonSchemaNode[]
}

function propertiesOf(node: unknown): Readonly<Record<string, unknown>> | undefined {
  const { properties, anyOf = [] } = (node ?? {}) as JsonSchemaNode
  return properties ?? anyOf.map(propertiesOf).find((found) => found !== undefined)
}

function valueAt(input: unknown, path: StandardSchemaV1.Issue['path'] = []): unknown {
  return path.reduce<unknown>((value, segment) => {
    const key = typeof segment === 'object' ? segment.key : segment
    return typeof value === 'object' && value !== null
      ? (value as Record<PropertyKey, unknown>)[key]
      : undefined
  }, input)
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return value.length > 60 ? 'a long text' : `"${value}"`
  return typeof value === 'object' || typeof value === 'function'
    ? `a ${typeof value}`.replace('a o', 'an o')
    : String(value)
}
