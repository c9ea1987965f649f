import { isFreedaError } from '../../errors.ts'
import { reindexApp } from '../../migrate-app.ts'
import { defineCommand, sharedOptions } from '../command.ts'
import { documents } from '../migrate/progress.ts'
import { withProgress } from '../migrate/with-progress.ts'
import { writeProblems } from '../write-problems.ts'

export const command = defineCommand({
  description: `Brings all documents of the store into the indexes, and to the ends of life (ttl), that the app declares. Run it once after a version with a new index is deployed
everywhere: from then on queries of the index are answered. The app goes on meanwhile, no document changes, and running it again does no harm.

Stores that build their indexes whenever they are opened (JSON) need nothing.

Exit codes: 0 done, 1 failed or documents cannot be in an index (each is named), 2 not understood, 5 interrupted (run it again).`,
  options: sharedOptions,
  envFile: 'refused',
  examples: ['freeda reindex', 'NODE_ENV=production TABLE_NAME=my-app freeda reindex'],
  async run({ options: { config: file, json = false }, terminal }) {
    return withProgress(terminal, async (watch) => {
      try {
        const { store, documents: count } = await reindexApp({ file, cwd: process.cwd(), watch })
        if (json) terminal.json({ store, documents: count ?? null })
        else if (count === undefined) terminal.line(`${store} builds its indexes by itself: nothing to do.`)
        else terminal.line(`All indexes are built; ${documents(count)} were looked at.`)
        return 0
      } catch (error) {
        if (!isFreedaError(error, 'FREEDA_STORAGE_TABLE')) throw error
        writeProblems(terminal, 'Some documents cannot be in an index', error.data.problems)
        return 1
      }
    })
  },
})
