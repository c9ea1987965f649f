/** Where a command writes, and what that place can show. */

export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

/** Styles by SGR codes. Source: https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ */
const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const

export type Style = keyof typeof codes

export interface Terminal {
  readonly out: Output
  readonly err: Output
  /** Whether a person looks at `out`. */
  readonly interactive: boolean
  /** The text in that style on a terminal, and as it is elsewhere or with NO_COLOR. */
  paint(style: Style, text: string, output?: Output): string
  /** Writes a line to `out`. */
  line(text?: string): void
  /** Writes a value to `out` as indented JSON. */
  json(value: unknown): void
}

/** Columns; `Infinity` for a file or a pipe, whose lines stay whole so that they can be searched, and where nobody knows. */
export const columnsOf = ({ columns }: Output): number =>
  // Some pseudo-terminals say 0.
  columns === undefined || columns === 0 ? Number.POSITIVE_INFINITY : columns

export function createTerminal(
  out: Output = process.stdout,
  err: Output = process.stderr,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Terminal {
  return {
    out,
    err,
    interactive: out.isTTY === true && environment['CI'] === undefined,
    paint: (style, text, output = out) =>
      isColoured(output, environment) ? `\u001b[${codes[style]}m${text}\u001b[0m` : text,
    line: (text = '') => void out.write(`${text}\n`),
    json: (value) => void out.write(`${JSON.stringify(value, undefined, 2)}\n`),
  }
}

/** Source: https://no-color.org: present and not empty, whatever its value. */
const isColoured = (output: Output, environment: Readonly<Record<string, string | undefined>>): boolean =>
  output.isTTY === true && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
