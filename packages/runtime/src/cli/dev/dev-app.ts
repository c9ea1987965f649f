/** Puts the parts of `freeda dev` together: watcher, keys, signals, and the supervisor between them. */
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { readConfig } from '../../config/load-config.ts'
import type { Terminal } from '../terminal.ts'
import { announceRoutes } from './announce.ts'
import { createBundler } from './bundler.ts'
import { pendingChanges } from './changes.ts'
import { readEnvFile } from './env-file.ts'
import { readKeys } from './keys.ts'
import { loadEsbuild } from '../build/load-esbuild.ts'
import { preparation } from './prepare-version.ts'
import { runtimeFolder } from './runtime-folder.ts'
import { showHappenings } from './show-happenings.ts'
import { standby } from './standby.ts'
import { supervise, type Supervisor } from './supervise.ts'
import { watchFiles } from './watch-files.ts'

export interface DevOptions {
  readonly cwd: string
  readonly file: string | undefined
  readonly terminal: Terminal
}

/**
 * Runs the app until Ctrl-C, `q` or SIGTERM.
 * @returns the exit code: 0, or 130 or 143 when it had to be ended by a second signal
 * @throws FREEDA_CONFIG_NOT_FOUND
 */
export async function devApp({ cwd, file, terminal }: DevOptions): Promise<number> {
  const found = await readConfig(cwd, file, async () => ({}))
  const configFile = await realpath(found.file)
  const directory = dirname(configFile)
  const changes = pendingChanges()
  changes.add(['the start'])
  // Before any process of the app begins: one that ends sets the terminal back to what it was when it began.
  const keys = readKeys(process.stdin, (key) => press(key))
  const waiting = standby(directory)
  const watcher = watchFiles(directory, (paths) => changes.add(paths))
  // Importing the engine takes a while, as the bundler does: side by side.
  const env = readEnvFile(join(directory, '.env'))
  waiting.prepare(env.type === 'read' ? env.values : {})
  const outDirectory = await mkdtemp(join(await realpath(tmpdir()), `freeda-dev-${process.pid}-`))
  process.once('exit', () => rmSync(outDirectory, { recursive: true, force: true }))
  let supervisor: Supervisor | undefined
  const { promise: ended, resolve: end } = deferred<number>()
  let isQuitting = false

  function quit(forcedCode: number): void {
    if (isQuitting || supervisor === undefined) {
      supervisor?.kill()
      return end(forcedCode)
    }
    isQuitting = true
    void supervisor.stop().then(() => end(0))
  }
  function press(key: string): void {
    if (key === 'interrupt') quit(exitCodes.SIGINT)
    else if (key === 'q') quit(exitCodes.SIGINT)
    else if (key === 'r') changes.add(['r'], { forced: true })
    else if (key === 'o') announceRoutes(supervisor?.facts, terminal)
    else if (key === 'h' || key === '?') terminal.line(keyHelp)
  }
  for (const [signal, code] of Object.entries(exitCodes)) process.on(signal, () => quit(code))

  try {
    const esbuild = await loadEsbuild(directory)
    const bundler = createBundler({ esbuild, directory, outDirectory, runtimeFolder: runtimeFolder() + sep })
    supervisor = supervise({
      preparation: preparation(configFile, bundler),
      standby: waiting,
      changes,
      happenings: showHappenings(terminal, keys === undefined ? 'Watching for changes.' : keyHelp),
      watch: (files, loose) => watcher.set({ files, loose }),
    })
    return await Promise.race([ended, supervisor.run().then(() => ended)])
  } finally {
    keys?.close()
    watcher.close()
    supervisor?.kill()
    waiting.kill()
    await rm(outDirectory, { recursive: true, force: true })
  }
}

/** When a signal comes a second time, or before there is anything to stop: 128 and its number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

const keyHelp = 'Keys: r restarts, o shows the routes, q quits, h shows this.'

function deferred<T>() {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}
