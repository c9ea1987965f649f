import { textWidth } from './text-width.ts'

export interface Indent {
  /** Before the first line. */
  readonly first?: string
  /** Before the lines after it. Default: as wide as `first`. */
  readonly next?: string
}

/** At least this much of a line is used, however narrow the terminal. */
const leastColumns = 20

/**
 * Breaks text between words into lines that fit. A word that is longer than a line, as a path, stays whole, so that it can
 * be copied.
 * @param width columns of the terminal; `Infinity` where nobody says, as in a file: then only the text's own lines break
 */
export function wrapText(text: string, width: number, { first = '', next }: Indent = {}): string {
  const hanging = next ?? ' '.repeat(textWidth(first))
  const room = (indent: string) => Math.max(leastColumns, width - textWidth(indent))
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (const word of paragraph.split(' ')) {
      const indent = lines.length === 0 ? first : hanging
      const longer = line === '' ? word : `${line} ${word}`
      if (line !== '' && textWidth(longer) > room(indent)) {
        lines.push(indent + line)
        line = word
      } else line = longer
    }
    lines.push(line === '' ? '' : (lines.length === 0 ? first : hanging) + line)
  }
  return lines.join('\n')
}
