/** Text that is put into a file at a position, with everything around it left as it is. */
export interface Insertion {
  readonly at: number
  readonly text: string
}

/** Positions are those of `text` before any of the insertions; those at one position keep their order. */
export function insert(text: string, insertions: readonly Insertion[]): string {
  const inOrder = insertions.toSorted((a, b) => a.at - b.at)
  let result = ''
  let done = 0
  for (const { at, text: added } of inOrder) {
    result += text.slice(done, at) + added
    done = at
  }
  return result + text.slice(done)
}
