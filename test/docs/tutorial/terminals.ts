/** The two terminals of a reader: one in which the app runs, one for commands. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { root } from '../code-blocks.ts'
import { patternOf } from './steps.ts'

export interface Terminals {
  /** Where the reader's project is. */
  readonly project: string
  /** Runs commands in the second terminal, which keeps its folder and its variables. @returns what they printed */
  run(script: string): string
  startApp(): Promise<void>
  /** Waits until the app prints this, after what was waited for before. */
  appShows(text: string): Promise<void>
  /** Ctrl-C in the first terminal. */
  stopApp(): Promise<void>
}

const patience = { timeout: 60_000, interval: 20 }

/** `npm create freeda@latest` is the built create-freeda; the packages of the workspace stand for installed ones. */
const prelude = `set -eua
npm() {
  case "$*" in 'create freeda@latest '*) ;; *) command npm "$@"; return ;; esac
  shift 2
  for each; do shift; [ "$each" = -- ] || set -- "$@" "$each"; done
  node '${join(root, 'packages/create-freeda/dist/create-freeda.js')}' "$@" --no-install
}
`

export function openTerminals(): Terminals {
  const folder = mkdtempSync(join(tmpdir(), 'freeda-tutorial-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const project = join(folder, 'desk')
  const state = join(folder, 'state')
  const env = environment(folder)
  let app: ReturnType<typeof startApp> | undefined
  let address = ''
  onTestFinished(() => app?.stop())

  return {
    project,
    run(script) {
      const here = existsSync(state) ? `. '${state}'\n` : ''
      const there = `\nexport -p > '${state}'\nprintf "cd '%s'\\n" "$PWD" >> '${state}'\n`
      const commands = script.replaceAll('localhost:3000', address)
      const { status, stdout, stderr } = spawnSync('bash', ['-c', prelude + here + commands + there], {
        cwd: folder,
        env,
        encoding: 'utf8',
        timeout: 120_000,
      })
      expect(status, `${commands}\n${stdout}${stderr}`).toBe(0)
      if (existsSync(project) && !existsSync(join(project, 'node_modules')))
        symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'))
      return stdout
    },
    async startApp() {
      if (app !== undefined) throw new Error('The app runs already.')
      app = startApp(project, env)
      const [, found] = await app.shows(/ runs at http:\/\/(\S+) /)
      address = found!
    },
    async appShows(text) {
      if (app === undefined) throw new Error('The app does not run.')
      await app.shows(patternOf(text))
    },
    async stopApp() {
      if (app === undefined) throw new Error('The app does not run.')
      await app.stop()
      app = undefined
      await expect(fetch(`http://${address}/health/live`)).rejects.toThrow('fetch failed')
    },
  }
}

function startApp(cwd: string, env: NodeJS.ProcessEnv) {
  const child = spawn('npm', ['run', 'dev'], {
    cwd,
    env: { ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, which a Ctrl-C goes to.
    detached: true,
  })
  const ended = once(child, 'close')
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  return {
    async shows(pattern: RegExp): Promise<RegExpExecArray> {
      const isThere = () => pattern.test(output) || output
      await expect.poll(isThere, patience).toBe(true)
      return pattern.exec(output)!
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGINT')
      // Also of the app, which holds the pipes; how npm itself ends on a Ctrl-C differs from version to version.
      await ended
    },
  }
}

/** Nothing of the tests that run this, no address of AWS, and somebody for git to name. */
const environment = (home: string): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AWS_|VITEST|NODE_ENV$|npm_|TEST$)/.test(name)),
  ),
  HOME: home,
  NO_COLOR: '1',
  GIT_AUTHOR_NAME: 'Reader',
  GIT_AUTHOR_EMAIL: 'reader@example.com',
  GIT_COMMITTER_NAME: 'Reader',
  GIT_COMMITTER_EMAIL: 'reader@example.com',
})
