/** Aligned columns that fit the terminal: text shortened where that is harmless, the least important columns left out last. */
import { columnsOf, type Style, type Terminal } from './terminal.ts'
import { textWidth } from './text-width.ts'

export interface Column<R> {
  readonly title: string
  cell(row: R): string
  /** How far its text may be shortened. Default: not at all. */
  readonly shrinkTo?: number
  /** Left out where there is no room; the last such column first. */
  readonly optional?: boolean
  style?(row: R): Style | undefined
}

export interface Fitted<R> {
  readonly columns: readonly { readonly column: Column<R>; readonly width: number }[]
  /** Titles of columns that did not fit. */
  readonly hidden: readonly string[]
}

const gap = 2

/**
 * Chooses columns and their widths. Columns without any text are left out. Pure.
 * @param width columns of the terminal; `Infinity` for a file or a pipe
 */
export function fitColumns<R>(columns: readonly Column<R>[], rows: readonly R[], width: number): Fitted<R> {
  const sized = columns
    .map((column) => {
      const longest = Math.max(...rows.map((row) => textWidth(column.cell(row))), 0)
      return { column, isEmpty: longest === 0, width: Math.max(longest, column.title.length) }
    })
    .filter(({ isEmpty }) => !isEmpty)
  const hidden: string[] = []
  for (;;) {
    const excess = sized.reduce((sum, each) => sum + each.width + gap, -gap) - width
    if (excess <= 0) break
    const slack = sized.reduce((sum, each) => sum + slackOf(each), 0)
    if (slack >= excess) {
      shrink(sized, excess)
      break
    }
    const last = sized.findLastIndex(({ column }) => column.optional === true)
    if (last === -1) {
      shrink(sized, slack)
      break
    }
    hidden.unshift(sized.splice(last, 1)[0]!.column.title)
  }
  return { columns: sized.map(({ column, width }) => ({ column, width })), hidden }
}

interface Sized<R> {
  readonly column: Column<R>
  width: number
}

const slackOf = <R>({ column, width }: Sized<R>): number =>
  column.shrinkTo === undefined ? 0 : Math.max(0, width - Math.max(column.shrinkTo, column.title.length))

/** Takes from the widest first, so that columns end up alike. */
function shrink<R>(columns: readonly Sized<R>[], excess: number): void {
  for (let left = excess; left > 0; left--) {
    const widest = columns.filter((each) => slackOf(each) > 0).toSorted((a, b) => b.width - a.width)[0]
    if (widest === undefined) return
    widest.width--
  }
}

/** Writes a table with a line of titles. */
export function writeTable<R>(terminal: Terminal, columns: readonly Column<R>[], rows: readonly R[]): void {
  const fitted = fitColumns(columns, rows, columnsOf(terminal.out))
  const line = (cell: (column: Column<R>) => readonly [text: string, style: Style | undefined]) =>
    terminal.line(
      fitted.columns
        .map(({ column, width }) => {
          const [whole, style] = cell(column)
          const text = shortened(whole, width)
          const shown = style === undefined || text === '' ? text : terminal.paint(style, text)
          return shown + ' '.repeat(Math.max(0, width - textWidth(text)))
        })
        .join(' '.repeat(gap))
        .trimEnd(),
    )
  line(({ title }) => [title.toUpperCase(), 'dim'])
  for (const row of rows) line((column) => [column.cell(row), column.style?.(row)])
  if (fitted.hidden.length > 0)
    terminal.line(terminal.paint('dim', `(no room for: ${fitted.hidden.join(', ')}; --json has everything)`))
}

const shortened = (text: string, width: number): string =>
  textWidth(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`
