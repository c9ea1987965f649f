import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { backUpApp } from '../../migrate-app.ts'
import { defineCommand, sharedOptions, UsageError } from '../command.ts'
import { parseStore } from '../migrate/parse-end.ts'
import { documents } from '../migrate/progress.ts'
import { withProgress } from '../migrate/with-progress.ts'
import { megabytes } from '../migrate/write-report.ts'

export const command = defineCommand({
  description: `Writes all documents of the store to one file: lines of JSON, each with a checksum, as gzip unless the name does not end in .gz. The file
gets its name once it was read back and found whole.

Exit codes: 0 done, 1 failed, 2 not understood, 3 refused (as when a running app holds the store), 5 interrupted (no file was made).`,
  arguments: [
    { name: 'FILE', summary: 'where to (default: backup-APP-TIME.ndjson.gz in this folder)', optional: true },
  ],
  options: {
    from: {
      type: 'string',
      value: 'STORE',
      summary: 'another store than that of the config; see freeda migrate',
    },
    force: { type: 'boolean', summary: 'replace a file of that name' },
    ...sharedOptions,
  },
  envFile: 'refused',
  examples: [
    'freeda backup',
    'freeda backup before-upgrade.ndjson.gz',
    'freeda backup --from json:./data desk.ndjson',
  ],
  async run({ options, args, terminal }) {
    const { config: file, json = false, force = false } = options
    const [output] = args
    if (output !== undefined && !force && existsSync(resolve(output)))
      throw new UsageError(`${output} is there already. Give another name, or replace it with --force.`)
    const from = parseStore(options.from, '--from')
    return withProgress(terminal, async (watch) => {
      const backup = await backUpApp({ from, output, file, cwd: process.cwd(), watch })
      if (json) terminal.json(backup)
      else
        terminal.line(
          `Backup: ${backup.file} (${megabytes(backup.bytes)}, ${documents(backup.documents)}, read back)`,
        )
      return 0
    })
  },
})
