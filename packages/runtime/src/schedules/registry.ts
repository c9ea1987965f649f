/** What the runtime opens the schedules of plugins with, and begins and ends their work by. */
import type { Logger } from 'pino'
import { FreedaError } from '../errors.ts'
import type { Schedule, ScheduleDefinition } from '../schedule.ts'
import { service, type Service } from '../service.ts'
import type { Storage } from '../storage.ts'

export interface ScheduleOwner {
  readonly plugin: string
  readonly log: Logger
  /** What its runs commit with. */
  readonly transact: Storage['transact']
}

export interface ScheduleRegistry {
  open(owner: ScheduleOwner, name: string, definition: ScheduleDefinition): Schedule
  /** Names of a plugin's schedules that nobody has said what to do for. */
  withoutHandler(plugin: string): readonly string[]
  /** Forgets the schedules of a plugin that failed. */
  remove(plugin: string): void
  /** Waits for slots. */
  start(): void
  /** Claims nothing any more; what runs has the time, and is recorded as interrupted after it. */
  stop(budgetMs: number): Promise<void>
}

/** For the runtime alone: plugins get their schedules in `setup`. */
export const ScheduleRegistry: Service<ScheduleRegistry> =
  service<ScheduleRegistry>('freeda.schedule-registry')

export const refusal = (plugin: string, reason: string) =>
  new FreedaError('FREEDA_PLUGIN_DEFINITION', { plugin, reason })

export const noHandler = (plugin: string, name: string) =>
  refusal(plugin, `the schedule "${name}" has no handler. Call schedules.….run(async (run) => …) in setup.`)
