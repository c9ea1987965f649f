/** Reports of moves, as files in the folder that a move works in. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from './durable-file.ts'
import type { MoveReport } from './report.ts'

const prefix = 'report-'

/** Returns the file's path. */
export async function writeReport(folder: string, report: MoveReport): Promise<string> {
  const file = join(folder, `${prefix}${report.startedAt.replaceAll(':', '-')}.json`)
  await replaceFile(file, `${JSON.stringify(report, undefined, 2)}\n`)
  return file
}

/** The latest report of a move that came to its end, if there is one. */
export async function lastDone(folder: string): Promise<string | undefined> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix) && name.endsWith('.json'))
  // Their names are times, so their order is that of the moves.
  for (const name of names.toSorted().toReversed()) {
    const file = join(folder, name)
    const { outcome } = JSON.parse(await readFile(file, 'utf8')) as MoveReport
    if (outcome === 'done') return file
  }
  return undefined
}
