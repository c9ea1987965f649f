/** Other first hours: every template, packages to be published, a plugin added later, other package managers. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { newcomersEnvironment, runCommand, startCommand, type Started } from './newcomer.ts'
import { registries } from './provided-registries.ts'

const home = mkdtempSync(join(tmpdir(), 'freeda newcomer '))
const environment = newcomersEnvironment({ registry: registries.loopback, home })
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Fails with everything that was printed unless the command ends with 0. */
async function succeed(command: readonly string[], cwd = home, env = environment): Promise<string> {
  const { code, output } = await runCommand(command, cwd, env)
  expect(code, `${command.join(' ')}\n${output}`).toBe(0)
  return output
}

const create = (...args: string[]) => succeed(['npm', 'create', 'freeda@latest', ...args])

const ready = /"url":"(http:[^"]+)".*"msg":"ready"/

/** Ended with the test, whatever becomes of it. */
async function start(cwd: string, manager = 'npm', env = environment): Promise<Started> {
  const app = await startCommand([manager, 'start'], ready, cwd, { ...env, PORT: '0' })
  onTestFinished(async () => void (await app.end()))
  return app
}

const scripts = ['typecheck', 'lint', 'test', 'build']

describe('npm create freeda@latest -- --template minimal', () => {
  const folder = join(home, 'small')
  beforeAll(async () => {
    await create('small', '--', '--yes', '--template', 'minimal')
  })

  it.each(scripts)('passes npm run %s with no edit', async (script) => {
    await succeed(['npm', 'run', script], folder)
  })

  it('answers its one route, and is well', async () => {
    const app = await start(folder)
    expect((await fetch(`${app.match[1]}/hello/Ann`)).status).toBe(200)
    expect((await fetch(`${app.match[1]}/health/ready`)).status).toBe(200)
    await app.end()
  })

  it('takes a plugin later: freeda add installs it, names it in the config, and the app still starts', async () => {
    await succeed(['npx', 'freeda', 'add', '@freeda/auth', '--plugin', 'apiKeys'], folder)
    const config = readFileSync(join(folder, 'freeda.config.ts'), 'utf8')
    expect(config).toContain("from '@freeda/auth'")
    await succeed(['npm', 'run', 'typecheck'], folder)
    const app = await start(folder)
    expect((await fetch(`${app.match[1]}/health/ready`)).status).toBe(200)
    await app.end()
  })
})

describe('npm create freeda@latest -- --template realtime --auth --cache', () => {
  const folder = join(home, 'live')
  beforeAll(async () => {
    await create('live', '--', '--yes', '--template', 'realtime', '--auth', '--cache')
  })

  it.each(scripts)('passes npm run %s with no edit', async (script) => {
    await succeed(['npm', 'run', script], folder)
  })

  it('lets nobody in without a key, and tells whoever has one of new lines as they come', async () => {
    const printed = await succeed(['npx', 'freeda', 'exec', 'scripts/issue-key.ts', 'newcomer'], folder)
    const key = printed.trim().split('\n').at(-1)!
    const app = await start(folder)
    const url = `${app.match[1]}/board`
    const line = { method: 'POST', body: '{"author":"Ann","text":"Hello"}' }
    const json = { 'content-type': 'application/json' }
    expect((await fetch(url, { ...line, headers: json })).status).toBe(401)

    const withKey = { 'x-api-key': key }
    const events = await fetch(`${url}/events`, { headers: { ...withKey, accept: 'text/event-stream' } })
    expect(events.status).toBe(200)
    const posted = await fetch(url, { ...line, headers: { ...json, ...withKey } })
    expect(posted.status).toBe(201)
    let seen = ''
    for await (const chunk of events.body!) {
      seen += Buffer.from(chunk).toString()
      if (seen.includes('"text":"Hello"')) break
    }
    expect(seen).toContain('event: line')
    await app.end()
  })
})

describe.each([
  ['plugin', 'freeda-plugin-mail'],
  ['driver', 'freeda-storage-tape'],
])('npm create freeda@latest -- %s %s', (kind, name) => {
  const folder = join(home, name)
  beforeAll(async () => {
    await create('--', kind, name, '--yes')
  })

  it.each(scripts)('passes npm run %s with no edit', async (script) => {
    await succeed(['npm', 'run', script], folder)
  })

  it('would be published with its code, its types and its licence, and with no test', async () => {
    const output = await succeed(['npm', 'pack', '--dry-run', '--json'], folder)
    const [packed] = JSON.parse(output.slice(output.indexOf('['))) as [{ files: { path: string }[] }]
    const paths = packed.files.map(({ path }) => path)
    expect(paths).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts']),
    )
    expect(paths.filter((path) => /test|src\//.test(path))).toEqual([])
  })
})

describe.each([
  ['pnpm', 'pnpm@10', 'pnpm-lock.yaml'],
  ['yarn', 'yarn@1', 'yarn.lock'],
])('with %s', (manager, release, lockFile) => {
  const tools = join(home, `tools-${manager}`)
  const folder = join(home, `with-${manager}`)
  const env = {
    ...environment,
    // Node of this workspace: yarn 1 takes the newest releases, whichever Node they need, and then refuses them on Node 20.
    PATH: [join(tools, 'node_modules', '.bin'), dirname(process.execPath), environment['PATH']].join(
      delimiter,
    ),
    // Theirs is in the home folder of whoever runs this.
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_DATA_HOME: join(home, '.local'),
    YARN_REGISTRY: registries.loopback,
  }
  beforeAll(async () => {
    mkdirSync(tools)
    await succeed(['npm', 'install', '--prefix', tools, release])
    await succeed([manager, 'create', 'freeda', `with-${manager}`, '--yes'], home, env)
  })

  it('makes a project of that package manager', () => {
    expect(readFileSync(join(folder, lockFile), 'utf8')).toContain('@freeda/runtime')
  })

  it.each(scripts)(`passes ${manager} run %s with no edit`, async (script) => {
    await succeed([manager, 'run', script], folder, env)
  })

  it('keeps a note over a restart of what was built', async () => {
    const first = await start(folder, manager, env)
    const posted = await fetch(`${first.match[1]}/notes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"text":"kept"}',
    })
    expect(posted.status).toBe(201)
    await first.end()
    const second = await start(folder, manager, env)
    const found = await fetch(`${second.match[1]}${posted.headers.get('location')}`)
    expect(await found.json()).toMatchObject({ text: 'kept' })
    await second.end()
  })
})
