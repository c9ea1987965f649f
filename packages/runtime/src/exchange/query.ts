import { httpProblem } from '../http.ts'

/** Far above what forms send; bounds what a URL of 16 KiB can make the parser allocate. */
export const maxQueryParameters = 1_000

/**
 * Parses a query string: a parameter given once is a string, given more often an array of them, in their order.
 * The object has no prototype, so that no name of a parameter means anything.
 * @throws a 400 problem
 */
export function parseQuery(url: string): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = Object.create(null)
  const start = url.indexOf('?')
  if (start === -1) return values
  let count = 0
  for (const [name, value] of new URLSearchParams(url.slice(start + 1))) {
    if (++count > maxQueryParameters) throw refused(`It has more than ${maxQueryParameters} parameters.`)
    // Harmless here, but a schema that copies unknown parameters into a plain object would set that one's prototype.
    if (name === '__proto__') throw refused('A parameter named `__proto__` is not allowed.')
    const before = values[name]
    if (before === undefined) values[name] = value
    else if (typeof before === 'string') values[name] = [before, value]
    else before.push(value)
  }
  return values
}

const refused = (reason: string) =>
  httpProblem(400, { code: 'query_malformed', detail: `The query string could not be read. ${reason}` })
