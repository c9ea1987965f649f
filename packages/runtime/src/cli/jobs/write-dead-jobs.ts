import { writeTable, type Column } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import type { DeadOfQueue } from './dead-jobs.ts'

type Row = DeadOfQueue['jobs'][number]

const columns: readonly Column<Row>[] = [
  { title: 'queue', cell: ({ queue }) => queue },
  { title: 'id', cell: ({ id }) => id },
  { title: 'attempts', cell: ({ attempts }) => String(attempts), optional: true },
  { title: 'died', cell: ({ diedAt }) => diedAt.toISOString() },
  { title: 'error', cell: ({ error }) => error.replaceAll(/\s+/g, ' '), shrinkTo: 20 },
]

export function writeDeadJobs(terminal: Terminal, found: readonly DeadOfQueue[]): void {
  const jobs = found.flatMap((one) => one.jobs)
  if (jobs.length === 0) return terminal.line('No dead jobs.')
  writeTable(terminal, columns, jobs)
  if (found.some(({ more }) => more)) terminal.line('There are more: see --limit.')
  terminal.line('\nLet them begin again with `freeda jobs retry QUEUE ID…`, or --all.')
}
