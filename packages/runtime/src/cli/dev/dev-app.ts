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
import { readKeys } from './keys.ts'
import { loadEsbuild } from '../build/load-esbuild.ts'
import { preparation } from './prepare-version.ts'
import { runtimeFolder } from './runtime-folder.ts'
import { showHappenings } from './show-happenings.ts'
import { standby } from './standby.ts'
import { supervise } from './supervise.ts'
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
  const waiting = standby(directory)
  // Both take a while, side by side.
  waiting.prepare({})
  const esbuild = await loadEsbuild(directory)
  const outDirectory = await mkdtemp(join(await realpath(tmpdir()), 'freeda-dev-'))
  process.once('exit', () => rmSync(outDirectory, { recursive: true, force: true }))
  const bundler = createBundler({ esbuild, directory, outDirectory, runtimeFolder: runtimeFolder() + sep })
  const changes = pendingChanges()
  changes.add(['the start'])
  const watcher = watchFiles(directory, (paths) => changes.add(paths))
  const supervisor = supervise({
    preparation: preparation(configFile, bundler),
    standby: waiting,
    changes,
    happenings: showHappenings(terminal, () => (keys === undefined ? 'Watching for changes.' : keyHelp)),
    watch: (files, loose) => watcher.set({ files, loose }),
  })

  const { promise: ended, resolve: end } = deferred<number>()
  let stopping: Promise<void> | undefined
  function quit(signal: 'SIGINT' | 'SIGTERM' | undefined): void {
    if (stopping !== undefined) {
      supervisor.kill()
      end(signal === 'SIGTERM' ? 143 : 130)
      return
    }
    stopping = supervisor.stop().then(() => end(0))
  }
  const keys = readKeys(process.stdin, (key) => {
    if (key === 'interrupt') quit('SIGINT')
    else if (key === 'q') quit(undefined)
    else if (key === 'r') changes.add(['r'], { forced: true })
    else if (key === 'o') showRoutes()
    else if (key === 'h' || key === '?') terminal.line(keyHelp)
  })
  function showRoutes(): void {
    if (supervisor.facts === undefined) terminal.line('Nothing runs.')
    else announceRoutes(supervisor.facts, terminal)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => quit(signal === 'SIGINT' ? signal : 'SIGTERM'))

  try {
    return await Promise.race([ended, supervisor.run().then(() => ended)])
  } finally {
    keys?.close()
    watcher.close()
    supervisor.kill()
    await bundler.reset()
    await rm(outDirectory, { recursive: true, force: true })
  }
}

const keyHelp = 'Keys: r restarts, o shows the routes, q quits, h shows this.'

function deferred<T>() {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}
