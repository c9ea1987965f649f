/** What needs the app and its store: a run by hand, and what became of earlier ones. */
import { FreedaError } from '../../errors.ts'
import { openApp, type OpenApp } from '../../open-app.ts'
import { Schedules } from '../../schedule.ts'
import { stderrLog } from '../script/stderr-log.ts'
import { withApp } from '../script/with-app.ts'
import { writeTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { recordColumns } from './schedule-columns.ts'

interface Asked {
  readonly file: string | undefined
  readonly json: boolean
  readonly terminal: Terminal
}

/** @returns the exit code */
export async function runByHand(name: string, { file, json, terminal }: Asked): Promise<number> {
  const outcome = await withApp(opener(file), async (app, signal) => {
    // The run is recorded as interrupted when it does not end by itself.
    signal.addEventListener('abort', () => void app.stop().catch(() => undefined), { once: true })
    return schedulesOf(app, name).run(name)
  })
  const record = outcome.result
  if (record !== undefined) {
    if (json) terminal.json(record)
    else writeTable(terminal, recordColumns, [record])
  }
  if (outcome.interrupted) return outcome.code
  return outcome.result.outcome === 'ok' ? 0 : 1
}

/** @returns the exit code */
export async function writeRuns(name: string, { file, json, terminal }: Asked): Promise<number> {
  const outcome = await withApp(opener(file), async (app) => schedulesOf(app, name).runs(name))
  if (outcome.interrupted) return outcome.code
  const records = outcome.result
  if (json) terminal.json(records)
  else if (records.length === 0) terminal.line('It was not run yet.')
  else writeTable(terminal, recordColumns, records)
  return 0
}

const opener = (file: string | undefined) => (): Promise<OpenApp> =>
  openApp({ ...(file === undefined ? {} : { file }), logTo: stderrLog() })

function schedulesOf(app: OpenApp, name: string): Schedules {
  const declared = app.plan.plugins.some(({ schedules }) => Object.keys(schedules).length > 0)
  if (!declared) throw new FreedaError('FREEDA_SCHEDULE_UNKNOWN', { schedule: name, known: [] })
  return app.get(Schedules)
}
