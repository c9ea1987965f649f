/** Writes an error for a person at a terminal, in a CI log, or with a screen reader: every sign has words beside it. */
import { isAbsolute, relative } from 'node:path'
import { columnsOf, createTerminal, type Output, type Style } from '../terminal.ts'
import { reportOf, type ErrorReport } from './error-report.ts'
import { frameText, type Place, type SourceFrame } from './source-frame.ts'
import { wrapIndented } from '../wrap-text.ts'

/** Writes what there is to say about anything that was thrown. */
export function printError(error: unknown, output: Output = process.stderr): void {
  writeReport(reportOf(error), output)
}

export function writeReport(report: ErrorReport, output: Output): void {
  const terminal = createTerminal(output, output)
  output.write(
    reportText(report, {
      width: columnsOf(output),
      directory: process.cwd(),
      paint: (style, text) => terminal.paint(style, text, output),
    }),
  )
}

export interface ReportStyle {
  /** Columns; `Infinity` for a file or a pipe, where lines stay whole so that they can be searched. */
  readonly width: number
  /** Paths below it are shown relative to it. */
  readonly directory: string
  paint(style: Style, text: string): string
}

export function reportText(report: ErrorReport, style: ReportStyle): string {
  const { width, directory, paint } = style
  const code = report.code === undefined ? '' : ` [${report.code}]`
  const message = shortPaths(report.message, directory)
  const head = wrapIndented(`Error: ${message}${code}`, width).replace('Error:', paint('red', 'Error:'))
  const fix = report.fix === undefined ? [] : [wrapIndented(report.fix, width, { first: '  → ' })]
  const blocks = [
    head,
    ...report.problems.map((problem) => problemText(problem, style)),
    ...(report.frame === undefined ? [] : [placeText(report.frame, style)]),
    ...(report.stack.length === 0 ? [] : [stackText(report, style)]),
    ...fix,
  ]
  // Problems stand close together; what else there is stands apart.
  const gaps = blocks.map((_, index) =>
    index === 0 || (index > 1 && index <= report.problems.length) ? '' : '\n',
  )
  return blocks.map((block, index) => `${gaps[index]}${block}\n`).join('')
}

function problemText(
  { at, message, fix = '', frame }: ErrorReport['problems'][number],
  style: ReportStyle,
): string {
  const { width, directory, paint } = style
  const line = wrapIndented(`${at}: ${message}`, width, { first: '  ', next: '    ' })
  return [
    line.startsWith(`  ${at}:`) ? `  ${paint('bold', at)}${line.slice(2 + at.length)}` : line,
    ...(frame === undefined ? [] : frameLines(frame, style).map((text) => `    ${text}`)),
    ...(fix === '' ? [] : [wrapIndented(shortPaths(fix, directory), width, { first: '    → ' })]),
  ].join('\n')
}

const placeText = (frame: SourceFrame, style: ReportStyle): string =>
  [style.paint('cyan', placeName(frame, style.directory)), ...frameLines(frame, style)]
    .map((text) => `  ${text}`)
    .join('\n')

const frameLines = (frame: SourceFrame, { width, paint }: ReportStyle): string[] =>
  frameText(frame, width - 4).map((text) => (/^>|\^$/.test(text) ? text : paint('dim', text)))

function stackText({ stack }: ErrorReport, { directory, paint }: ReportStyle): string {
  const lines = stack.map((line) => {
    const place = placeName(line, directory)
    return `  at ${line.caller === undefined ? place : `${line.caller} (${place})`}`
  })
  return paint('dim', lines.join('\n'))
}

const placeName = ({ file, line, column }: Place, directory: string): string =>
  `${shortPath(file, directory)}:${line}:${column}`

/** Relative when it lies in the folder: shorter, and still something that editors open on a click. */
export function shortPath(file: string, directory: string): string {
  const path = relative(directory, file)
  return path === '' || path.startsWith('..') || isAbsolute(path) ? file : path
}

const shortPaths = (text: string, directory: string): string => text.replaceAll(`${directory}/`, '')
