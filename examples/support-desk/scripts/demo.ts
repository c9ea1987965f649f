/** `npm run demo`: starts the app, imports the samples, and says what to try. Ctrl-C stops it. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { isFreedaError, start, type App } from '@freeda/runtime'
import { Imports } from '../src/imports/contract.ts'
import { printTour } from './print-tour.ts'
import type { SampleTicket } from './samples/write-ticket.ts'
import { shiftDates } from './shift-dates.ts'

const app = await startOrExplain()
if (app !== undefined) await printTour(app, await importSamples(app))

async function startOrExplain(): Promise<App | undefined> {
  try {
    return await start({ cwd: fileURLToPath(new URL('..', import.meta.url)) })
  } catch (error) {
    if (!isFreedaError(error)) throw error
    console.error(error.message)
    process.exitCode = 1
    return undefined
  }
}

/**
 * Imports the samples; how many were new. Those of an earlier run are known by their external ids and left as they
 * are, so a restart keeps what was done to them.
 */
async function importSamples(app: App): Promise<number> {
  const file = await readFile(new URL('../samples/tickets.json', import.meta.url), 'utf8')
  const tickets = shiftDates(JSON.parse(file) as SampleTicket[], Date.now())
  const report = await app.get(Imports).run('json', JSON.stringify(tickets))
  if (report.failed > 0) throw new Error(`Samples were refused: ${JSON.stringify(report.errors)}`)
  return report.created
}
