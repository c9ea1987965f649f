/** Tells a person what `freeda dev` does. */
import { writeReport, shortPath } from '../report/write-report.ts'
import { wrapIndented } from '../wrap-text.ts'
import { columnsOf, type Style, type Terminal } from '../terminal.ts'
import { announceApp, announceReload, msText } from './announce.ts'
import { stopTimeoutMs } from './messages.ts'
import type { Happenings } from './supervise.ts'

export function showHappenings(terminal: Terminal, hint: string): Happenings {
  const note = (style: Style, word: string, rest = '') =>
    terminal.line(
      wrapIndented(`${word}${rest}`, columnsOf(terminal.out)).replace(word, terminal.paint(style, word)),
    )
  let isFirst = true
  return {
    ready(facts, before, { tookMs, reasons }) {
      if (isFirst) {
        announceApp(facts, { terminal, tookMs })
        terminal.line()
        terminal.line(terminal.paint('dim', hint))
        terminal.line()
      } else announceReload(facts, before, { terminal, tookMs, why: reasonText(reasons) })
      isFirst = false
    },
    unchanged: (reasons) => note('dim', `No change in what runs after ${reasonText(reasons)}.`),
    failed(report, what) {
      // All of it to one place, so that it stays together in a log.
      const { err, paint } = terminal
      const [word, rest = ''] = afterFailure[what]
      err.write('\n')
      writeReport(report, err)
      err.write(`\n${paint('yellow', word, err)}${rest}\n`)
    },
    wentBack: ({ url }) =>
      note('yellow', 'The last good version runs again', ` at ${url}. Waiting for a change.`),
    ended: (how) => note('red', 'The app ended by itself', `, ${how}. Waiting for a change.`),
    stopsSlowly: () =>
      note('dim', `The app takes its time to stop; it is ended after ${msText(stopTimeoutMs)}.`),
    wasKilled: () =>
      note(
        'yellow',
        'The app did not stop and was ended',
        ` after ${msText(stopTimeoutMs)}. Look for a hook of onStop, or a request, that never ends.`,
      ),
  }
}

const afterFailure = {
  'still-running': ['The last good version still runs.', ' Waiting for a change.'],
  'going-back': ['Going back to the last good version.'],
  'not-running': ['Nothing runs.', ' Waiting for a change.'],
} as const

const shownReasons = 2

function reasonText(reasons: readonly string[]): string {
  const names = reasons.map((reason) => shortPath(reason, process.cwd()))
  const more = names.length - shownReasons
  return `${names.slice(0, shownReasons).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
