/** Validation against any Standard Schema, for everything that comes from outside. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { FreedaError, type FieldError } from './errors.ts'

/**
 * Validates `value` and gives the schema's output. Synchronous when the schema is, so that a hot path need not await.
 * @param what names the value in the message, e.g. `The body`.
 * @param root begins every path: `body` gives `body.messages[0].text`; by default paths begin with their first key.
 * @throws FREEDA_VALIDATION with every problem that the schema reports
 */
export function validate<S extends StandardSchemaV1>(
  schema: S,
  value: unknown,
  what: string,
  root = '',
): StandardSchemaV1.InferOutput<S> | Promise<StandardSchemaV1.InferOutput<S>> {
  const result = schema['~standard'].validate(value)
  return result instanceof Promise
    ? result.then((settled) => accept(settled, what, root))
    : accept(result, what, root)
}

function accept<T>(result: StandardSchemaV1.Result<T>, what: string, root: string): T {
  if (result.issues === undefined) return result.value
  throw new FreedaError('FREEDA_VALIDATION', {
    what,
    errors: result.issues.map((issue): FieldError => ({
      path: pathText(issue.path ?? [], root),
      message: issue.message,
    })),
  })
}

const identifier = /^[A-Za-z_$][\w$]*$/

/** `['messages', 0, 'odd key']` as `messages[0]["odd key"]`, behind `root`. Standard Schema wraps some keys in objects. */
export function pathText(path: NonNullable<StandardSchemaV1.Issue['path']>, root = ''): string {
  let text = root
  for (const segment of path) {
    const key = typeof segment === 'object' ? segment.key : segment
    if (typeof key === 'number') text += `[${key}]`
    else if (typeof key === 'string' && !identifier.test(key)) text += `[${JSON.stringify(key)}]`
    else text += text === '' ? String(key) : `.${String(key)}`
  }
  return text
}
