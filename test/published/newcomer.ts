/** Somebody who has Node, npm and git, an empty home, and nothing of this workspace. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'

export interface Run {
  readonly code: number | null
  /** stdout and stderr as they came. */
  readonly output: string
}

export interface Started {
  /** What `sign` caught in what it printed. */
  readonly match: RegExpExecArray
  /** Ends it as Ctrl-C does, waits until nothing of it is left, and returns everything that it printed. */
  end(): Promise<string>
}

/** The workspace's Node, settings of its npm, and those of the test runner stay out. */
export function newcomersEnvironment({
  registry,
  home,
}: {
  readonly registry: string
  readonly home: string
}): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name, value]) =>
      value !== undefined &&
      !/^(npm_|AWS_|VITEST|NODE_ENV$|NODE_OPTIONS$|NODE_PATH$|INIT_CWD$|CI$)/i.test(name),
  ) as [string, string][]
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !/node_modules|node-gyp-bin/.test(folder))
  return {
    ...Object.fromEntries(kept),
    PATH: path.join(delimiter),
    HOME: home,
    GIT_AUTHOR_NAME: 'Newcomer',
    GIT_AUTHOR_EMAIL: 'newcomer@example.com',
    GIT_COMMITTER_NAME: 'Newcomer',
    GIT_COMMITTER_EMAIL: 'newcomer@example.com',
    npm_config_registry: registry,
    npm_config_userconfig: join(home, '.npmrc'),
    npm_config_cache: join(home, '.npm'),
    npm_config_update_notifier: 'false',
    // The registry does not serve it; `audit` is asked for by itself.
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    NO_PROXY: '127.0.0.1,localhost',
    NO_COLOR: '1',
  }
}

export function runCommand(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0]!, command.slice(1), { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)))
    child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

/** Starts what goes on until it is ended, in a group of its own, and waits until it prints `sign`. @throws when it ends before */
export async function startCommand(
  command: readonly string[],
  sign: RegExp,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Started> {
  const child = spawn(command[0]!, command.slice(1), {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  // Not before the last process that writes there is gone: npm ends sooner than what it started.
  const closed = once(child, 'close')
  let output = ''
  const match = await new Promise<RegExpExecArray>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += String(chunk)
      const found = sign.exec(output)
      if (found !== null) resolve(found)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    closed.then(() => reject(new Error(`It ended too early:\n${output}`)), reject)
  })
  return {
    match,
    async end() {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGINT')
      await closed
      return output
    },
  }
}
