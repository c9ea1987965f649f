/** Real processes of the built packages, as users run them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export interface SpawnedApp {
  readonly url: string
  readonly child: ChildProcess
  /** Everything that it printed so far. */
  output(): string
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

export interface SpawnOptions {
  /** Default: the Node that runs the tests. */
  readonly node?: string
  /** Module for Node to run, with its arguments. */
  readonly command: readonly string[]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

const readyLine = /"url":"(http:[^"]+)".*"msg":"ready"/

/** Starts an app and waits until it says that it is ready. It is gone when the test is over. */
export async function spawnApp({
  node = process.execPath,
  command,
  cwd,
  env = {},
}: SpawnOptions): Promise<SpawnedApp> {
  const { NODE_ENV: _, ...inherited } = process.env
  const child = spawn(node, command, {
    cwd,
    env: { ...inherited, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += String(chunk)
      const ready = readyLine.exec(output)
      if (ready !== null) resolve(ready[1]!)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void exited.then(() => reject(new Error(`The app ended before it was ready:\n${output}`)))
  })
  async function end(signal: NodeJS.Signals) {
    child.kill(signal)
    const [code, by] = await exited
    return { code, signal: by }
  }
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) await end('SIGKILL')
  })
  return { url, child, output: () => output, end }
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'freeda-e2e-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
