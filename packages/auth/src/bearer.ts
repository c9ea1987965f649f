/**
 * Finds the token in a header: `Authorization: Bearer <token>`.
 * @param prefix compared without regard to case (RFC 9110, 11.1); `''` when the header holds nothing but the token
 * @returns `undefined` when the header is absent or belongs to another scheme; `''` when there is nothing behind the prefix
 */
export function tokenFrom(value: string | readonly string[] | undefined, prefix: string): string | undefined {
  if (typeof value !== 'string') return undefined
  if (prefix === '') return value.trim()
  const space = value.indexOf(' ')
  const word = space === -1 ? value : value.slice(0, space)
  if (word.toLowerCase() !== prefix.toLowerCase()) return undefined
  return space === -1 ? '' : value.slice(space + 1).trim()
}
