/** What plugins registered to be released: run in reverse, once, within one budget. */
import type { Logger } from 'pino'
import { FreedaError, reasonOf } from '../errors.ts'
import type { Hook } from '../plugin.ts'
import { withDeadline } from './deadline.ts'

export interface StopHooks {
  /** In the order of their making; a hook that comes too late, after its plugin was stopped, runs at once. */
  add(plugin: string, hook: Hook): void
  /** Runs the hooks of one plugin, last one first. Never throws: gives back what went wrong. */
  stopPlugin(plugin: string, budgetMs: number): Promise<string[]>
  /** Runs all that are left, last one first. Never throws. */
  stopAll(budgetMs: number): Promise<string[]>
}

interface Registered {
  readonly plugin: string
  readonly hook: Hook
}

export function stopHooks(log: Logger): StopHooks {
  let registered: Registered[] = []
  const stopped = new Set<string>()
  let allStopped = false

  /** Each hook gets an equal share of what is left, so time that one does not use goes to the next. */
  async function run(hooks: readonly Registered[], budgetMs: number): Promise<string[]> {
    const endMs = performance.now() + budgetMs
    const failures: string[] = []
    for (const [i, one] of hooks.toReversed().entries()) {
      const shareMs = Math.max(1, Math.floor((endMs - performance.now()) / (hooks.length - i)))
      const failure = await runHook(one, shareMs, log)
      if (failure !== undefined) failures.push(failure)
    }
    return failures
  }

  return {
    add(plugin, hook) {
      if (allStopped || stopped.has(plugin)) void runHook({ plugin, hook }, 5_000, log)
      else registered.push({ plugin, hook })
    },
    stopPlugin(plugin, budgetMs) {
      stopped.add(plugin)
      const own = registered.filter((one) => one.plugin === plugin)
      registered = registered.filter((one) => one.plugin !== plugin)
      return run(own, budgetMs)
    },
    stopAll(budgetMs) {
      allStopped = true
      const all = registered
      registered = []
      return run(all, budgetMs)
    },
  }
}

async function runHook(
  { plugin, hook }: Registered,
  timeoutMs: number,
  log: Logger,
): Promise<string | undefined> {
  const timeout = () => new FreedaError('FREEDA_PLUGIN_TIMEOUT', { plugin, hook: 'onStop', timeoutMs })
  try {
    await withDeadline(async (signal) => hook({ signal }), timeoutMs, timeout)
    return undefined
  } catch (error) {
    log.error({ err: error, plugin }, `plugin "${plugin}" did not stop cleanly`)
    return `${plugin}: ${reasonOf(error)}`
  }
}
