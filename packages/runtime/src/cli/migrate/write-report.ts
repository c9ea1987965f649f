/** The end of a migration or a restoration, for people. */
import type { MoveReport } from '../../migrate-app.ts'
import type { Terminal } from '../terminal.ts'
import { writeProblems } from '../write-problems.ts'
import { documents, duration } from './progress.ts'
import { exitCodes } from './with-progress.ts'

export function exitCodeOf({ outcome }: MoveReport): number {
  return outcome === 'done' || outcome === 'planned' ? 0 : exitCodes[outcome]
}

const maxShown = 20

export function writeReport(terminal: Terminal, report: MoveReport, command: string): void {
  const { counts, verified, backup, invalid, problems, problemCount } = report
  writeFound(terminal, report)
  if (backup !== undefined)
    terminal.line(
      `Backup: ${backup.file} (${megabytes(backup.bytes)}, ${documents(backup.documents)}, read back)`,
    )
  if (counts !== undefined)
    terminal.line(
      sentence('Copied', counts.written, [
        ['over another one', counts.replaced],
        ['there already', counts.present],
        ['left as they are at the target', counts.kept],
        ['expired by now', counts.expired],
        ['left out', counts.leftOut],
      ]),
    )
  if (verified !== undefined)
    terminal.line(
      sentence('Read back and found the same', verified.same, [
        ['newer at the target', verified.newer],
        ['expired by now', verified.expired],
        ['at the target only', verified.extra],
      ]),
    )
  if (report.file !== undefined) terminal.line(`Report: ${report.file}`)
  if (invalid !== undefined)
    writeProblems(terminal, `${documents(invalid.count)} not valid:`, firstOf(invalid.listed, invalid.count))
  if (problemCount > 0) writeProblems(terminal, titles[report.outcome], firstOf(problems, problemCount))
  terminal.line(`\n${ending(report, command)}`)
}

const titles = {
  done: '',
  planned: '',
  refused: 'Refused; nothing was written:',
  unverified: 'Not everything is at the target as it is at the source:',
  interrupted: 'It stopped:',
} as const

function writeFound(terminal: Terminal, { from, to, collections, bytes, ...report }: MoveReport): void {
  terminal.line(`From ${from} to ${to}: ${documents(report.documents)}, ${megabytes(bytes)}`)
  for (const { name, documents: count, bytes, declared } of collections)
    terminal.line(
      `  ${name}: ${documents(count)}, ${megabytes(bytes)}${declared ? '' : ' (no plugin declares it)'}`,
    )
  const { estimate, outcome } = report
  if (estimate === undefined || outcome !== 'planned') return
  const { writeUnits, readUnits, dollars, seconds } = estimate
  terminal.line(
    `Estimate: ${writeUnits.toLocaleString('en')} write units and ${readUnits.toLocaleString('en')} read units, about $${dollars.toFixed(2)} on demand in us-east-1, about ${duration(seconds)} at the pace of a new table`,
  )
}

function ending({ outcome, seconds, resumed }: MoveReport, command: string): string {
  switch (outcome) {
    case 'done':
      return `Done in ${duration(seconds)}${resumed ? ', with what an earlier run had begun' : ''}.${command === 'freeda migrate' ? ' Nothing was deleted at the source.' : ''}`
    case 'planned':
      return 'A dry run: nothing was written, and the target was not opened.'
    case 'refused':
      return 'Nothing was written.'
    case 'unverified':
      return `Look at what is listed; then \`${command}\` compares everything again.`
    case 'interrupted':
      return `Interrupted. The same command goes on from here: ${command}`
  }
}

function sentence(
  title: string,
  count: number,
  parts: readonly (readonly [text: string, count: number])[],
): string {
  const others = parts
    .filter(([, each]) => each > 0)
    .map(([text, each]) => `${each.toLocaleString('en')} ${text}`)
  return `${title}: ${documents(count)}${others.length > 0 ? ` (${others.join(', ')})` : ''}`
}

const firstOf = (listed: MoveReport['problems'], total: number): MoveReport['problems'] =>
  total <= maxShown
    ? listed
    : [
        ...listed.slice(0, maxShown),
        {
          code: 'more',
          at: '…',
          message: `and ${total - maxShown} more; --json and the report have a thousand.`,
        },
      ]

export const megabytes = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
