import type { Finding, Severity } from '../../doctor.ts'
import { columnsOf, type Style, type Terminal } from '../terminal.ts'
import { wrapText } from '../wrap-text.ts'

const styles: Readonly<Record<Severity, Style>> = {
  ok: 'green',
  note: 'blue',
  warning: 'yellow',
  error: 'red',
}
const labelWidth = 'warning'.length

/** Writes a line for each finding, with what to do under it, as wide as the terminal. */
export function writeFindings(terminal: Terminal, findings: readonly Finding[]): void {
  const indent = ' '.repeat(labelWidth + 2)
  const width = Math.max(40, columnsOf(terminal.out) - indent.length)
  for (const { id, severity, message, fix } of findings) {
    const label = terminal.paint(styles[severity], severity) + ' '.repeat(labelWidth - severity.length)
    // A text is wrapped before it is painted: codes have no width.
    const [first = '', ...rest] = wrapText(`${id}  ${message}`, width)
    terminal.line(
      `${label}  ${first.startsWith(id) ? terminal.paint('bold', id) + first.slice(id.length) : first}`,
    )
    for (const line of rest) terminal.line(indent + line)
    if (fix === undefined || fix === '' || severity === 'ok') continue
    for (const [i, line] of wrapText(fix, width - 2).entries())
      terminal.line(`${indent}${i === 0 ? '→ ' : '  '}${line}`)
  }
}

/** `1 error, 2 warnings, 3 notes, 10 ok`. */
export function summaryOf(findings: readonly Finding[]): string {
  const count = (severity: Severity) => findings.filter((each) => each.severity === severity).length
  const plural = (severity: 'error' | 'warning' | 'note') =>
    count(severity) === 0 ? [] : [`${count(severity)} ${severity}${count(severity) === 1 ? '' : 's'}`]
  return [...plural('error'), ...plural('warning'), ...plural('note'), `${count('ok')} ok`].join(', ')
}
