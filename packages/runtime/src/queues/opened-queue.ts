import type { Job, QueueDefinition } from '../queue.ts'

/** A queue of an app that is set up. */
export interface OpenedQueue extends QueueDefinition {
  readonly name: string
  readonly plugin: string
  /** How long a job waits after an attempt that failed, from 1. */
  retryMs(attempt: number): number
  /** How its jobs are done; undefined until its plugin says so. */
  handler: ((job: Job<unknown>) => unknown) | undefined
}
