/** Hides values by their names before a line is made. Cheaper than wildcards of pino's `redact`, which cost 4 µs a line. */

/** What nobody wants in a log, wherever a plugin logs a request, a user or a grant. */
const hidden =
  /^(?:(?:proxy[-_]?)?authorization|(?:set[-_]?)?cookie|password|(?:client[-_]?)?secret|(?:(?:access|refresh|id)[-_]?)?token|(?:x[-_]?)?api[-_]?key)$/i

/** As deep as what people log: `{ req: { headers: { authorization } } }` and one more. */
const maxDepth = 4
export const censor = '[redacted]'

/** The same object when there is nothing to hide, else a copy. Leaves alone what is no plain object or array. */
export function hideSecrets<T extends object>(fields: T, depth = 1): T {
  let copy: Record<string, unknown> | undefined
  for (const key in fields) {
    const value: unknown = fields[key]
    if (value === undefined || value === null) continue
    const shown = hidden.test(key) ? censor : typeof value === 'object' ? hideWithin(value, depth) : value
    if (shown !== value) (copy ??= copyOf(fields))[key] = shown
  }
  return (copy as T | undefined) ?? fields
}

const hideWithin = (value: object, depth: number): object =>
  depth < maxDepth && isPlain(value) ? hideSecrets(value, depth + 1) : value

/** Others know themselves what they show: errors, dates, what has `toJSON`. */
function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const copyOf = (value: object): Record<string, unknown> =>
  (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>
