/** Dead jobs of queues, as far as they are asked for. */
import type { OpenedJobs } from '../../jobs-app.ts'
import type { DeadJob } from '../../queue.ts'

export interface DeadOfQueue {
  readonly jobs: readonly (DeadJob<unknown> & { readonly queue: string })[]
  /** There are others. */
  readonly more: boolean
}

export async function deadJobsOf(
  opened: Pick<OpenedJobs, 'queue'>,
  name: string,
  most: number,
): Promise<DeadOfQueue> {
  const jobs: (DeadJob<unknown> & { queue: string })[] = []
  const queue = opened.queue(name)
  let cursor: string | undefined
  do {
    const limit = Math.min(1_000, most - jobs.length)
    const page = await queue.dead({ limit, ...(cursor === undefined ? {} : { cursor }) })
    jobs.push(...page.items.map((job) => ({ queue: name, ...job })))
    cursor = page.cursor
  } while (cursor !== undefined && jobs.length < most)
  return { jobs, more: cursor !== undefined }
}

/** Ids of all that are dead now. */
export const allDead = async (opened: Pick<OpenedJobs, 'queue'>, name: string): Promise<string[]> =>
  (await deadJobsOf(opened, name, Number.POSITIVE_INFINITY)).jobs.map(({ id }) => id)
