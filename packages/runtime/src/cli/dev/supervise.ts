/**
 * The story of `freeda dev`: make a version, load and plan it in a waiting process; stop the one that runs, run the new one; wait for
 * a change. Until the new one is known to load, the old one serves. When its setup fails, the last good one comes back.
 */
import type { ErrorReport } from '../report/error-report.ts'
import { howText, type AppProcess, type Ended, type Outcome } from './app-process.ts'
import type { Changes } from './changes.ts'
import { stopTimeoutMs, type AppFacts, type Version } from './messages.ts'
import type { Preparation } from './prepare-version.ts'
import type { Standby } from './standby.ts'

/** What happens, for whoever shows it. */
export interface Happenings {
  ready(
    facts: AppFacts,
    before: AppFacts | undefined,
    how: { tookMs: number; reasons: readonly string[] },
  ): void
  unchanged(reasons: readonly string[]): void
  failed(report: ErrorReport, what: 'still-running' | 'going-back' | 'not-running'): void
  /** The last good version runs again. */
  wentBack(facts: AppFacts): void
  /** The app ended although nobody asked it to. */
  ended(how: string): void
  stopsSlowly(): void
  wasKilled(): void
}

export interface SuperviseOptions {
  readonly preparation: Preparation
  readonly standby: Standby
  readonly changes: Changes
  readonly happenings: Happenings
  /** Called with what to watch after each attempt. @param loose something is missing that may appear */
  watch(files: readonly string[], loose: boolean): void
}

export interface Supervisor {
  /** Goes on until the supervisor is stopped. */
  run(): Promise<void>
  /** Of the app that runs. */
  readonly facts: AppFacts | undefined
  /** Stops what runs, and ends the story. */
  stop(): Promise<void>
  /** Ends what runs at once. */
  kill(): void
}

interface Running {
  readonly process: AppProcess
  readonly version: Version
  readonly hash: string
  readonly sinceMs: number
  readonly reasons: readonly string[]
  readonly outcome: Promise<Outcome>
  facts?: AppFacts
}

interface Good {
  readonly version: Version
  readonly hash: string
  readonly facts: AppFacts
}

/** Why there is something to do. */
interface Reload {
  readonly reasons: readonly string[]
  /** Also when nothing has changed, as by a key. */
  readonly forced: boolean
  readonly sinceMs: number
}

/**
 * What became of a reload: the new version was launched; it is what runs already; something newer, a change or the end, came before
 * it was loaded; or it cannot be loaded.
 */
type ReloadOutcome = 'launched' | 'unchanged' | 'overtaken' | 'refused'

export function supervise(options: SuperviseOptions): Supervisor {
  const { preparation, standby, changes, happenings } = options
  /** What was launched and has neither ended nor been stopped; it may still be setting up. */
  let running: Running | undefined
  /** A process between being taken and being launched: `running` does not have it yet, and `stop` must find it. */
  let loading: AppProcess | undefined
  /** What was ready last. */
  let lastGood: Good | undefined
  /** From then on nothing is launched; looked at after each wait. */
  let isStopping = false

  async function run(): Promise<void> {
    let forcedBefore = false
    while (!isStopping) {
      const { reasons, forced, sinceMs } = changes.take()
      const reload: Reload = { reasons, forced: forced || forcedBefore, sinceMs }
      const outcome = await attempt(reload)
      // A key is still pressed when a save overtakes what it began.
      forcedBefore = outcome === 'overtaken' && reload.forced
      options.watch(preparation.files, outcome === 'refused')
      await settle()
      await changes.next()
    }
  }

  async function attempt(reload: Reload): Promise<ReloadOutcome> {
    const prepared = await preparation.prepare()
    if (isStopping) return 'overtaken'
    if (prepared.type === 'failed') return refuse(prepared.report)
    const { version, hash } = prepared
    if (!reload.forced && running?.hash === hash) {
      happenings.unchanged(reload.reasons)
      return 'unchanged'
    }
    const process = standby.take(version.environment)
    loading = process
    const loaded = await Promise.race([process.load(version), changes.next()])
    loading = undefined
    if (loaded === undefined || isStopping) {
      process.kill()
      return 'overtaken'
    }
    if (loaded.type === 'wanted') {
      process.kill()
      preparation.want(loaded.name, loaded.file)
      return attempt(reload)
    }
    if (loaded.type === 'failed') {
      process.kill()
      return refuse(loaded.report)
    }
    loading = process
    await stopRunning()
    loading = undefined
    if (isStopping) {
      process.kill()
      return 'overtaken'
    }
    launch(process, { version, hash, reasons: reload.reasons, sinceMs: reload.sinceMs })
    return 'launched'
  }

  function refuse(report: ErrorReport): 'refused' {
    happenings.failed(report, running === undefined ? 'not-running' : 'still-running')
    return 'refused'
  }

  function launch(process: AppProcess, what: Omit<Running, 'process' | 'outcome'>): void {
    running = { process, ...what, outcome: process.run(lastGood?.facts.port) }
  }

  /** Waits for the setup of what was launched; a change ends the wait, and the next version takes its place. */
  async function settle(): Promise<void> {
    const launched = running
    if (launched === undefined || launched.facts !== undefined || isStopping) return
    const outcome = await Promise.race([launched.outcome, changes.next()])
    if (outcome === undefined || isStopping) return
    if (outcome.type === 'ready') return settleReady(launched, outcome.facts)
    running = undefined
    const previous = lastGood
    const isBack = previous === undefined || previous.version === launched.version
    happenings.failed(outcome.report, isBack ? 'not-running' : 'going-back')
    if (!isBack) await goBack(previous)
  }

  function settleReady(launched: Running, facts: AppFacts): void {
    const { process, version, hash, sinceMs, reasons } = launched
    const isBack = lastGood?.version === version && reasons.length === 0
    launched.facts = facts
    if (isBack) happenings.wentBack(facts)
    else happenings.ready(facts, lastGood?.facts, { tookMs: performance.now() - sinceMs, reasons })
    lastGood = { version, hash, facts }
    void preparation.tidy(version)
    void process.ended.then((how) => noteEnd(launched, how))
    setTimeout(() => {
      if (!isStopping && running === launched) standby.prepare(version.environment)
    }, standbyDelayMs).unref()
  }

  function noteEnd(launched: Running, how: Ended): void {
    if (running !== launched || isStopping) return
    running = undefined
    happenings.ended(howText(how))
  }

  async function goBack({ version, hash }: Good): Promise<void> {
    const process = standby.take(version.environment)
    loading = process
    const loaded = await process.load(version)
    loading = undefined
    if (isStopping) return process.kill()
    if (loaded.type !== 'planned') {
      process.kill()
      if (loaded.type === 'failed') happenings.failed(loaded.report, 'not-running')
      return
    }
    launch(process, { version, hash, sinceMs: performance.now(), reasons: [] })
    await settle()
  }

  async function stopRunning(): Promise<void> {
    const stopped = running
    running = undefined
    if (stopped === undefined) return
    const timer = setTimeout(() => happenings.stopsSlowly(), slowMs)
    const { signal } = await stopped.process.stop()
    clearTimeout(timer)
    if (signal === 'SIGKILL') happenings.wasKilled()
  }

  return {
    run,
    get facts() {
      return running?.facts
    },
    async stop() {
      isStopping = true
      loading?.kill()
      standby.kill()
      changes.add([])
      await stopRunning()
    },
    kill() {
      isStopping = true
      loading?.kill()
      standby.kill()
      running?.process.kill()
    },
  }
}

/** The first requests after a reload come first. */
const standbyDelayMs = 60
const slowMs = stopTimeoutMs / 5
