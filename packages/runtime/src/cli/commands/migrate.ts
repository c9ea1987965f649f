import { migrateApp } from '../../migrate-app.ts'
import { defineCommand } from '../command.ts'
import { moveOptions, parseRules } from '../migrate/move-options.ts'
import { parseSource, parseStore } from '../migrate/parse-end.ts'
import { withProgress } from '../migrate/with-progress.ts'
import { exitCodeOf, writeReport } from '../migrate/write-report.ts'

export const command = defineCommand({
  description: `Moves all documents from one store to another: looks at them, writes a backup and reads it back, copies, then reads every document
from the target and compares it. Nothing is deleted at the source. Interrupted anywhere, the same command goes on.

A store is \`config\` (that of the config; the default), \`json:FOLDER\`, \`dynamodb:TABLE\`, or \`PACKAGE:{…}\` with the options of a storage
plugin as JSON. \`--from file:PATH#COLLECTION\` reads one old JSON file { "<id>": { … } }, validated by the schema of the collection.

Exit codes: 0 done, 1 failed, 2 not understood, 3 refused (nothing was written), 4 something at the target is not as at the source,
5 interrupted (the same command goes on).`,
  options: {
    from: { type: 'string', value: 'STORE', summary: 'where documents come from' },
    to: { type: 'string', value: 'STORE', summary: 'where they go' },
    ...moveOptions,
    'no-backup': { type: 'boolean', summary: 'take no backup first' },
  },
  envFile: 'refused',
  examples: [
    'freeda migrate --from json:./data --to dynamodb:my-table --dry-run',
    'freeda migrate --from json:./data --to dynamodb:my-table',
    'freeda migrate --from dynamodb:my-table --to json:./copy',
    'freeda migrate --from file:tickets.json#tickets --dry-run',
    'freeda migrate --to \'my-storage:{"url":"https://db.example"}\'',
  ],
  async run({ options, terminal }) {
    const { config: file, json = false, from, to } = options
    const ends = { from: parseSource(from), to: parseStore(to, '--to') }
    const rules = parseRules(options)
    const takesBackup = options['no-backup'] !== true
    return withProgress(terminal, async (watch) => {
      const report = await migrateApp({ ...ends, file, cwd: process.cwd(), takesBackup, rules, watch })
      if (json) terminal.json(report)
      else writeReport(terminal, report, 'freeda migrate')
      return exitCodeOf(report)
    })
  },
})
