/**
 * How a value lies in the server: its JSON as it is, or, with tags, after `#`, the JSON list of their names, and their
 * versions when it was made, a line each.
 */
export interface Entry {
  readonly text: string
  readonly tags: readonly string[]
  readonly versions: readonly string[]
}

export const entryText = (text: string, tags: readonly string[], versions: string): string =>
  tags.length === 0 ? text : `#${JSON.stringify(tags)}\n${versions}\n${text}`

/** @throws SyntaxError when somebody else wrote it */
export function parseEntry(entry: string): Entry {
  if (!entry.startsWith('#')) return { text: entry, tags: [], versions: [] }
  const namesEnd = entry.indexOf('\n')
  const versionsEnd = entry.indexOf('\n', namesEnd + 1)
  return {
    text: entry.slice(versionsEnd + 1),
    tags: JSON.parse(entry.slice(1, namesEnd)) as string[],
    versions: entry.slice(namesEnd + 1, versionsEnd).split(','),
  }
}
