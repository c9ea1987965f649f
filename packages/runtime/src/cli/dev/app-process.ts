/** A process of the app, as `freeda dev` sees it. */
import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { ErrorReport } from '../report/error-report.ts'
import { stopTimeoutMs, type AppFacts, type FromApp, type ToApp, type Version } from './messages.ts'
import { runtimeFolder } from './runtime-folder.ts'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export type Loaded = Extract<FromApp, { type: 'planned' | 'wanted' | 'failed' }>

export type Outcome =
  | { readonly type: 'ready'; readonly facts: AppFacts }
  | { readonly type: 'failed'; readonly report: ErrorReport }

export interface AppProcess {
  /** Imports a version and plans it. */
  load(version: Version): Promise<Loaded>
  /** Sets up what was loaded, and listens. One that failed has ended. */
  run(port: number | undefined): Promise<Outcome>
  /** Asks it to end, and ends it when it does not. */
  stop(): Promise<Ended>
  kill(): void
  readonly ended: Promise<Ended>
}

const worker = join(runtimeFolder(), 'dist/cli/app-worker.js')

/** Begins to import the engine at once. @param environment what `.env` adds */
export function appProcess(directory: string, environment: Readonly<Record<string, string>>): AppProcess {
  const child = fork(worker, {
    cwd: directory,
    env: { ...environment, ...process.env },
    // What is typed belongs to `freeda dev`, which is there all the time.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = new Promise<Ended>((resolve) => {
    // One that could not begin never exits. Other errors are of the channel, as when it ended in between.
    child.on('error', () => child.pid === undefined && resolve({ code: 1, signal: null }))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const answer = async (): Promise<FromApp | Ended> => Promise.race([nextMessage(child), ended])
  const tell = (message: ToApp) => {
    if (child.connected) child.send(message)
  }
  let stopping: Promise<Ended> | undefined

  async function stop(): Promise<Ended> {
    if (process.platform === 'win32') tell({ type: 'stop' })
    else child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
    const result = await ended
    clearTimeout(timer)
    return result
  }

  return {
    async load(version) {
      tell({ type: 'load', version })
      const said = await answer()
      return 'type' in said && said.type !== 'ready'
        ? said
        : { type: 'failed', report: endedReport(said as Ended) }
    },
    async run(port) {
      tell({ type: 'run', port })
      const said = await answer()
      if ('type' in said && said.type === 'ready') return said
      const report = 'type' in said && said.type === 'failed' ? said.report : endedReport(await ended)
      await ended
      return { type: 'failed', report }
    },
    stop: () => (stopping ??= stop()),
    kill: () => void child.kill('SIGKILL'),
    ended,
  }
}

const nextMessage = (child: ChildProcess): Promise<FromApp> =>
  new Promise((resolve) => child.once('message', (message) => resolve(message as FromApp)))

const endedReport = (how: Ended): ErrorReport => ({
  message: `The app ended ${howText(how)} before it was ready.`,
  problems: [],
  stack: [],
  fix: 'Look for a call of process.exit(), or for what it printed above.',
})

export const howText = ({ code, signal }: Ended): string =>
  signal === null ? `with code ${code}` : `by ${signal}`
