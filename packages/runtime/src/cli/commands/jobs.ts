import { isFreedaError, reasonOf } from '../../errors.ts'
import { openJobs, type OpenedJobs } from '../../jobs-app.ts'
import { defineCommand, sharedOptions, UsageError } from '../command.ts'
import { allDead, deadJobsOf } from '../jobs/dead-jobs.ts'
import { writeDeadJobs } from '../jobs/write-dead-jobs.ts'
import type { Terminal } from '../terminal.ts'

const actions = ['list', 'retry', 'remove'] as const
type Action = (typeof actions)[number]

export const command = defineCommand({
  description: `Lists the jobs of queues that were given up after their last attempt, with what it threw; lets them begin again, with all their attempts,
or removes them. Works on the store of the app; one that a single process holds, as the JSON store, must be free.

Exit codes: 0 done, 1 failed or one of the jobs was not dead (each is named), 2 not understood.`,
  arguments: [
    { name: 'ACTION', summary: 'what to do; list when left out', optional: true, choices: actions },
    { name: 'QUEUE', summary: 'of this queue; list: of all when left out', optional: true },
    { name: 'ID', summary: 'jobs to retry or remove', optional: true, rest: true },
  ],
  options: {
    ...sharedOptions,
    all: { type: 'boolean', summary: 'retry or remove all that are dead now' },
    limit: { type: 'string', value: 'N', summary: 'list at most so many of a queue; default 100' },
  },
  envFile: 'refused',
  examples: ['freeda jobs', 'freeda jobs list mails --json', 'freeda jobs retry mails --all'],
  async run({ options: { config: file, json = false, all = false, limit }, args, terminal }) {
    const [given = 'list', queue, ...ids] = args
    const action = given as Action
    const most = limit === undefined ? 100 : Number(limit)
    if (!Number.isInteger(most) || most < 1) throw new UsageError('--limit takes a whole number from 1.')
    if (action !== 'list' && (queue === undefined || all === ids.length > 0))
      throw new UsageError(`Name the queue, and either ids or --all: freeda jobs ${action} QUEUE ID…`)
    const opened = await openJobs({ file })
    try {
      if (queue !== undefined && !opened.queues.includes(queue))
        throw new UsageError(
          `No plugin declares a queue "${queue}". Declared are: ${opened.queues.join(', ') || 'none'}.`,
        )
      if (action !== 'list') {
        const wanted = all ? await allDead(opened, queue!) : ids
        return await change(action, {
          opened,
          queue: queue!,
          ids: wanted,
          terminal,
          json,
        })
      }
      const queues = queue === undefined ? opened.queues : [queue]
      const found = await Promise.all(queues.map((name) => deadJobsOf(opened, name, most)))
      if (json)
        terminal.json({ jobs: found.flatMap(({ jobs }) => jobs), more: found.some(({ more }) => more) })
      else writeDeadJobs(terminal, found)
      return 0
    } finally {
      await opened.close()
    }
  },
})

interface Change {
  readonly opened: OpenedJobs
  readonly queue: string
  readonly ids: readonly string[]
  readonly terminal: Terminal
  readonly json: boolean
}

async function change(
  action: Exclude<Action, 'list'>,
  { opened, queue: name, ids, terminal, json }: Change,
): Promise<number> {
  const queue = opened.queue(name)
  const changed: string[] = []
  const failed: { id: string; reason: string }[] = []
  for (const id of ids)
    try {
      if (action === 'retry') await queue.retry(id)
      if (action === 'remove' && !(await queue.remove(id)))
        failed.push({ id, reason: 'There is no such job.' })
      else changed.push(id)
    } catch (error) {
      failed.push({
        id,
        reason: isFreedaError(error, 'FREEDA_CONFLICT') ? 'It is not dead.' : reasonOf(error),
      })
    }
  if (json) terminal.json({ queue: name, changed, failed })
  else {
    const jobs = changed.length === 1 ? '1 job' : `${changed.length} jobs`
    terminal.line(action === 'retry' ? `${jobs} of ${name} will begin again.` : `${jobs} of ${name} removed.`)
    for (const { id, reason } of failed) terminal.err.write(`${id}: ${reason}\n`)
  }
  return failed.length === 0 ? 0 : 1
}
