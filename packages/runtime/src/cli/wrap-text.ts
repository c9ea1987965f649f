import { textWidth } from './text-width.ts'

/**
 * Breaks text at spaces into lines of at most `width` columns; a longer word, as a path, has a line of its own, so that it
 * can be copied. Its own line breaks stay.
 */
export function wrapText(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = []
    let line = ''
    for (const word of paragraph.split(/(?<=\S) /)) {
      if (line !== '' && textWidth(line) + 1 + textWidth(word) > width) {
        lines.push(line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    return [...lines, line]
  })
}

export interface Indent {
  /** Before the first line. */
  readonly first?: string
  /** Before the lines after it. Default: as wide as `first`. */
  readonly next?: string
}

/** At least this much of a line is used, however narrow the terminal. */
const leastColumns = 20

/**
 * The wrapped text in one piece, indented.
 * @param width columns of the terminal; `Infinity` where nobody says, as in a file: then only the text's own lines break
 */
export function wrapIndented(text: string, width: number, { first = '', next }: Indent = {}): string {
  const hanging = next ?? ' '.repeat(textWidth(first))
  const room = Math.max(leastColumns, width - Math.max(textWidth(first), textWidth(hanging)))
  return wrapText(text, room)
    .map((line, index) => (line === '' ? '' : (index === 0 ? first : hanging) + line))
    .join('\n')
}
