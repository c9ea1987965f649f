import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { root } from '../docs/code-blocks.ts'

const freeda = join(root, 'packages/runtime/bin/freeda.js')
const orders = `import { appendFileSync } from 'node:fs'
import { collection, definePlugin, service } from '@freeda/runtime'
import { z } from 'zod'
export const Clock = service<{ today(): string }>('shop.clock')
export const orders = definePlugin({
  name: 'orders', freeda: '^1.0.0',
  collections: { orders: collection(z.object({ name: z.string() })) },
  provides: { clock: Clock },
  setup({ onStop, log }) {
    log.info('set up')
    onStop(() => appendFileSync('stopped.txt', 'x'))
    setInterval(() => {}, 1e6)
    return { clock: { today: () => 'Monday' } }
  },
})`

/** Goes on when go.txt is there. */
const slowToSetUp = orders
  .replace('setup({', 'async setup({')
  .replace(
    "log.info('set up')",
    `log.info('setting up')
    while (!existsSync('go.txt')) await new Promise((resolve) => setTimeout(resolve, 20))`,
  )
  .replace('{ appendFileSync }', '{ appendFileSync, existsSync }')

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(root, 'test/e2e/.project '))
  write({
    'package.json': '{ "name": "shop", "type": "module" }',
    'freeda.config.ts': `import json from '@freeda/storage-json'
import { orders } from './orders.ts'
export default { name: 'shop', server: { port: 1 }, plugins: [json(), orders()] }`,
    'orders.ts': orders,
  })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
}

function run(args: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [freeda, ...args], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'development' },
    encoding: 'utf8',
    timeout: 20_000,
    ...(input === undefined ? {} : { input }),
  })
  return { status, stdout, stderr }
}

/** Runs a command that goes on until it gets a signal. */
function open(args: readonly string[]) {
  const child = spawn(process.execPath, [freeda, ...args], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'development' },
    stdio: 'pipe',
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += String(chunk)))
  return { child, exited: once(child, 'exit'), output: () => output }
}

/** How often the app was stopped. */
const stops = () => readFileSync(join(folder, 'stopped.txt'), 'utf8').length

describe('freeda exec', () => {
  it('gives a script collections, services and arguments, and stops the app', () => {
    write({
      'add.ts': `import type { ScriptContext } from '@freeda/runtime'
import { Clock } from './orders.ts'
export default async ({ collections, services, get, args }: ScriptContext): Promise<number> => {
  for (const name of args) await collections.orders!.put(name, { name })
  console.log((await collections.orders!.query()).items.length, get(Clock).today(), Object.keys(services).join())
  return 3
}`,
    })
    expect(run(['exec', 'add.ts', 'a', '--', '--b'])).toMatchObject({
      status: 3,
      stdout: '2 Monday storage,clock\n',
      stderr: expect.stringContaining('"msg":"set up"'),
    })
    expect(stops()).toBe(1)
    write({
      'count.ts':
        'export default async ({ collections }) => { console.log((await collections.orders.query()).items.length) }',
    })
    expect(run(['exec', 'count.ts'])).toMatchObject({ status: 0, stdout: '2\n' })
  })

  it('says where a script threw, with code 1, and still stops the app', () => {
    write({ 'bad.ts': 'export default () => {\n  throw new Error("no luck")\n}' })
    expect(run(['exec', 'bad.ts'])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/no luck[\s\S]*bad\.ts:2/),
    })
    expect(stops()).toBe(1)
  })

  it('refuses what is no script before the app is set up', () => {
    write({ 'value.ts': 'export default 1' })
    expect(run(['exec', 'none.ts'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('There is no file'),
    })
    expect(run(['exec', 'value.ts'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('has no function as its default export'),
    })
    expect(stops).toThrow('ENOENT')
  })

  it('lets a script end on SIGINT, stops the app, and exits with 130', async () => {
    write({
      'wait.ts':
        "import { once } from 'node:events'\nexport default async ({ signal }) => { console.log('waiting'); await once(signal, 'abort'); console.log('bye') }",
    })
    const { child, exited, output } = open(['exec', 'wait.ts'])
    await vi.waitFor(() => expect(output()).toContain('waiting'), 15_000)
    child.kill('SIGINT')
    expect(await exited).toEqual([130, null])
    expect(output()).toContain('bye')
    expect(stops()).toBe(1)
  })

  it('goes on for a script that waits for nothing but its signal', async () => {
    write({
      'orders.ts': orders.replace('setInterval(() => {}, 1e6)', ''),
      'wait.ts': `import { writeSync } from 'node:fs'
export default async ({ signal }) => {
  // Does not keep Node running by itself.
  setTimeout(() => writeSync(1, 'still here'), 100).unref()
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
}`,
    })
    const { child, exited, output } = open(['exec', 'wait.ts'])
    await Promise.race([exited, vi.waitFor(() => expect(output()).toContain('still here'), 15_000)])
    child.kill('SIGTERM')
    expect(await exited).toEqual([143, null])
    expect(stops()).toBe(1)
  })

  it('does not begin a script after a signal that came during the setup', async () => {
    write({
      'orders.ts': slowToSetUp,
      'add.ts': "export default () => console.log('begun')",
    })
    const { child, exited, output } = open(['exec', 'add.ts'])
    await vi.waitFor(() => expect(output()).toContain('setting up'), 15_000)
    child.kill('SIGINT')
    write({ 'go.txt': '' })
    expect(await exited).toEqual([130, null])
    expect(output()).not.toContain('begun')
    expect(stops()).toBe(1)
  })
})

describe('freeda repl', () => {
  it('evaluates stdin with names at hand and top-level await, and prints only what is printed', () => {
    const input = `await orders.put('a', { name: 'x' })
const { items } = await orders.query()
for (const item of items) {
  console.log(item.name, clock.today())
}
`
    expect(run(['repl'], input)).toMatchObject({ status: 0, stdout: 'x Monday\n' })
    expect(stops()).toBe(1)
  })

  it('stops at the first error, says where it was, and ends with 1', () => {
    const input = "console.log(1)\nthrow new Error('no luck')\nconsole.log(2)\n"
    expect(run(['repl'], input)).toMatchObject({
      status: 1,
      stdout: '1\n',
      stderr: expect.stringMatching(/stdin:2: throw new Error[\s\S]*no luck/),
    })
    expect(run(['repl'], 'console.log(')).toMatchObject({ status: 1, stdout: '' })
    expect(stops()).toBe(2)
  })

  it.each([
    ['SIGINT', 130, 'while it reads', ''],
    ['SIGTERM', 143, 'while what it read runs', "console.log('begun')\nawait new Promise(() => {})\n"],
  ] as const)('stops the app on %s, with code %i, %s', async (signal, code, _, input) => {
    const { child, exited, output } = open(['repl'])
    if (input !== '') child.stdin.end(input)
    await vi.waitFor(() => expect(output()).toContain(input === '' ? 'set up' : 'begun'), 15_000)
    child.kill(signal)
    expect(await exited).toEqual([code, null])
    expect(stops()).toBe(1)
  })

  it('ends the prompt on SIGTERM, stops the app, and exits with 143', async (context) => {
    // It gives the program a terminal.
    if (spawnSync('script', ['--version']).status !== 0) context.skip('no program `script` on this machine')
    const command = `"${process.execPath}" "${freeda}" repl`
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: folder,
      env: { ...process.env, NODE_ENV: 'development', TERM: 'xterm', FREEDA_REPL_HISTORY: '' },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const exited = once(child, 'exit')
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)))
    await vi.waitFor(() => expect(output).toContain('shop> '), 15_000)
    child.stdin.write("process.kill(process.pid, 'SIGTERM')\r")
    expect(await exited).toEqual([143, null])
    expect(stops()).toBe(1)
  })
})
