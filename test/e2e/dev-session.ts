/** `freeda dev` in a folder of its own, as a person works with it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished } from 'vitest'
import { freeda, project, type Project } from './cli-process.ts'

export interface DevSession extends Project {
  readonly pid: number
  /** Everything that was printed so far. */
  output(): string
  /** Waits until this was printed, after what was waited for before; gives the match. */
  shows(what: string | RegExp): Promise<RegExpMatchArray>
  /** The body of an answer of the app; undefined when nobody answers. */
  get(path: string): Promise<string | undefined>
  /** Sends a signal, if one is given, and waits for the end. */
  end(
    signal?: NodeJS.Signals,
  ): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}

export interface DevOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** Waits until the app runs. Default `true`. */
  readonly started?: boolean
}

/** A plugin that answers `GET /NAME` with a text. */
export const answering = (name: string, text: string, setup = '') =>
  `import { definePlugin } from '@freeda/runtime'
export default definePlugin({
  name: '${name}',
  freeda: '^1.0.0',
  async setup({ router, onStop }) {
    ${setup}
    router.get('/', (ctx) => {
      ctx.body = ${text}
    })
  },
})
`

export const onePlugin = {
  'freeda.config.ts': `import { json } from '@freeda/storage-json'
import hello from './src/hello.ts'
export default { server: { port: 0 }, plugins: [json({ directory: './data' }), hello()] }
`,
  'src/hello.ts': answering('hello', "'one'"),
}

const patience = { timeout: 15_000, interval: 10 }

export async function devSession(
  files: Readonly<Record<string, string>> = onePlugin,
  { env = {}, args = [], started = true }: DevOptions = {},
): Promise<DevSession> {
  const made = project(files)
  const { NODE_ENV: _, ...inherited } = process.env
  const child = spawn('sh', ['-c', 'exec "$0" "$@" 2>&1', process.execPath, freeda, 'dev', ...args], {
    cwd: made.folder,
    env: { ...inherited, ...env },
    // One pipe for both, so that what is printed stays in order.
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  let output = ''
  let from = 0
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await ended
  })

  async function shows(what: string | RegExp): Promise<RegExpMatchArray> {
    const pattern = typeof what === 'string' ? new RegExp(escaped(what)) : what
    await expect
      .poll(() => pattern.test(output.slice(from)) || output, patience)
      .toBe(true)
      .catch(() => {
        throw new Error(`${pattern} was not shown in:\n${output.slice(from)}`)
      })
    const match = pattern.exec(output.slice(from))!
    from += match.index + match[0].length
    return match
  }

  let url = ''
  if (started) url = (await shows(/ runs at (\S+)/))[1]!
  return {
    ...made,
    pid: child.pid!,
    output: () => output,
    shows,
    async get(path) {
      if (url === '') url = / runs at (\S+)/.exec(output)?.[1] ?? ''
      const response = await fetch(url + path).catch(() => undefined)
      return response?.text()
    },
    async end(signal) {
      if (signal !== undefined) child.kill(signal)
      const [code, by] = await ended
      return { code, signal: by }
    },
  }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
