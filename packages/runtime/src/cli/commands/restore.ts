import { restoreApp } from '../../migrate-app.ts'
import { defineCommand } from '../command.ts'
import { moveOptions, parseRules } from '../migrate/move-options.ts'
import { parseStore } from '../migrate/parse-end.ts'
import { withProgress } from '../migrate/with-progress.ts'
import { exitCodeOf, writeReport } from '../migrate/write-report.ts'

export const command = defineCommand({
  description: `Brings the documents of a backup into the store of the config, with their ids, versions and ends of life; then reads every one of them
back. All of the backup is checked first: one that is damaged or cut off is refused. Interrupted anywhere, the same command goes on.

Exit codes: 0 done, 1 failed, 2 not understood, 3 refused (nothing was written), 4 something in the store is not as in the backup,
5 interrupted (the same command goes on).`,
  arguments: [{ name: 'FILE', summary: 'a backup made by `freeda backup` or `freeda migrate`' }],
  options: {
    to: {
      type: 'string',
      value: 'STORE',
      summary: 'another store than that of the config; see freeda migrate',
    },
    ...moveOptions,
  },
  envFile: 'refused',
  examples: [
    'freeda restore backup.ndjson.gz --dry-run',
    'freeda restore backup.ndjson.gz --to json:./restored',
  ],
  async run({ options, args, terminal }) {
    const { config: file, json = false } = options
    const to = parseStore(options.to, '--to')
    const rules = parseRules(options)
    return withProgress(terminal, async (watch) => {
      const report = await restoreApp({ backup: args[0]!, to, file, cwd: process.cwd(), rules, watch })
      if (json) terminal.json(report)
      else writeReport(terminal, report, 'freeda restore')
      return exitCodeOf(report)
    })
  },
})
