/** What an app does beside answering: the jobs of its queues, the runs of its schedules. */
import type { Container } from '../container/create-container.ts'
import { Queues } from '../queues/queue-registry.ts'
import { ScheduleRegistry } from '../schedules/registry.ts'
import type { Service } from '../service.ts'

export interface AppWork {
  /** Begins; once the app listens. */
  start(): void
  /** Begins nothing more. What is under way may end within the time, and is given back after it. Never throws. */
  stop(budgetMs: number): Promise<void>
}

const workers: readonly Service<AppWork>[] = [Queues, ScheduleRegistry]

export function appWork(container: Container): AppWork {
  const present = () => workers.flatMap((token) => (container.has(token.id) ? [container.get(token)] : []))
  return {
    start() {
      for (const worker of present()) worker.start()
    },
    async stop(budgetMs) {
      await Promise.all(present().map((worker) => worker.stop(budgetMs)))
    },
  }
}
