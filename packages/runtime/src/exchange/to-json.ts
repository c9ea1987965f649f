/**
 * JSON, with a `bigint` as an integer with all of its digits, which JSON allows (RFC 8259, 6) and `JSON.stringify`
 * refuses to write. `undefined` for what JSON cannot say at all.
 * @throws TypeError for a cycle
 */
export function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return withIntegers(value)
  }
}

/** Marks them, as text that no other text holds, and takes the marks off. `JSON.rawJSON` is not in Node 20. */
function withIntegers(value: unknown): string | undefined {
  const mark = `\u{f8ff}${process.hrtime.bigint()}:`
  const json: string | undefined = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? `${mark}${item}` : item,
  )
  return json?.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1')
}
