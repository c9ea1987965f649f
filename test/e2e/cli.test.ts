import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../docs/code-blocks.ts'
import { spawnApp } from './spawn-app.ts'

const freeda = join(root, 'packages/runtime/bin/freeda.js')
let folder: string

/** Inside the workspace, so that packages resolve; the space in its name is on purpose. */
beforeEach(() => {
  folder = mkdtempSync(join(root, 'test/e2e/.app '))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

/** Runs a command that is expected to end by itself. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [freeda, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
    timeout: 15_000,
  })
  return { status, stdout, stderr }
}

const plugin = (name: string, setup = '') =>
  `import { definePlugin } from '@freeda/runtime'\nexport default definePlugin({ name: '${name}', freeda: '^1.0.0', ${setup} })\n`

describe('freeda start', () => {
  it('says what it takes, and exits with 2 when it is not understood', () => {
    expect(run(['--help'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Usage: freeda <command>'),
    })
    expect(run([])).toMatchObject({ status: 2, stderr: expect.stringContaining('Which command?') })
    expect(run(['strat'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('There is no command "strat".'),
    })
    expect(run(['start', '--prot'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /^There is no option "--prot"\. Choose one of --config, --built, --source, --help\.$/m,
      ),
    })
    expect(run(['start', '--biult'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^There is no option "--biult"\. Did you mean "--built"\?$/m),
    })
    expect(run(['exec', 'a.ts', '--conf', 'x'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(
        'Did you mean "--config"? An argument that begins with a dash goes behind `--`.',
      ),
    })
    expect(run(['rout'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('There is no command "rout". Did you mean "routes"?'),
    })
  })

  it('lists every problem with what to do, without a stack', () => {
    write({ 'freeda.config.ts': 'export default { server: { prot: 1 }, plugins: ["nope", 3] }' })
    const { status, stderr } = run(['start'])
    expect(status).toBe(1)
    expect(stderr).toContain('[FREEDA_CONFIG_INVALID]')
    expect(stderr).toContain('3 problems in')
    expect(stderr).toContain('server.prot: is not an option.\n    → Did you mean "port"?')
    expect(stderr).toContain('plugins[0]: could not load "nope"')
    expect(stderr).toContain('plugins[1]: is not a plugin but a number.')
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it('shows where a plugin threw, and only frames of the app', () => {
    write({
      'package.json': '{ "type": "module" }',
      'broken.ts': plugin('broken', "setup() { throw new Error('no luck') }"),
      'freeda.config.ts': "import broken from './broken.ts'\nexport default { plugins: [broken()] }",
    })
    const { status, stderr } = run(['start'])
    expect(status).toBe(1)
    expect(stderr).toContain('Plugin "broken" failed in setup: no luck')
    expect(stderr.match(/^\s+at .*$/gm)).toEqual([expect.stringContaining('broken.ts:2')])
  })

  it.each([
    [
      'an import without its extension',
      "import { name } from './name'\nexport default { name }",
      { 'name.ts': "export const name = 'x'" },
    ],
    ['an enum', "enum Level { info = 'info' }\nexport default { log: { level: Level.info } }", {}],
    [
      'a path of tsconfig.json',
      "import { name } from '#app/name'\nexport default { name }",
      {
        'name.ts': "export const name = 'x'",
        'tsconfig.json': '{ "compilerOptions": { "baseUrl": ".", "paths": { "#app/*": ["./*"] } } }',
      },
    ],
    [
      'a type imported like a value',
      "import { Name } from './name.ts'\nexport default { name: 'x' satisfies Name }",
      { 'name.ts': 'export type Name = string' },
    ],
    ['no package.json', "export default { name: 'x' as string }", {}],
    [
      'a package.json that names no type',
      "export default { name: 'x' as string }",
      { 'package.json': '{ "name": "x" }' },
    ],
  ])('takes TypeScript with %s', async (_, config, files) => {
    write({ 'freeda.config.ts': config, ...files })
    const app = await spawnApp({ command: [freeda, 'start'], cwd: folder })
    expect((await fetch(app.url)).status).toBe(404)
    expect(await app.end('SIGINT')).toEqual({ code: 0, signal: null })
    expect(app.output()).not.toContain('Warning')
  })

  it('never prints a secret: not in a log line, not in an error', async () => {
    write({
      'package.json': '{ "type": "module" }',
      'leaky.ts': `import { definePlugin } from '@freeda/runtime'
import { z } from 'zod'
export default definePlugin({ name: 'leaky', freeda: '^1.0.0', options: z.object({ key: z.string() }), setup({ options, log, router }) {
  log.info({ options }, 'my key is ' + options.key)
  router.get('/', () => { throw new Error('bad key ' + options.key) })
} })`,
      'freeda.config.ts':
        "import leaky from './leaky.ts'\nexport default ({ secret }) => ({ plugins: [leaky({ key: secret('KEY') })] })",
    })
    const app = await spawnApp({
      command: [freeda, 'start'],
      cwd: folder,
      env: { FREEDA_SECRETS: '{"KEY":"s3cr3t-value"}', NODE_ENV: 'production' },
    })
    const response = await fetch(`${app.url.replace('0.0.0.0', '127.0.0.1')}/leaky`)
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('s3cr3t')
    await expect.poll(app.output).toContain('bad key [redacted]')
    expect(app.output()).not.toContain('s3cr3t')
  })

  it('stops with code 1 after an error that nobody caught', async () => {
    write({
      'package.json': '{ "type": "module" }',
      'careless.ts': plugin(
        'careless',
        "setup({ router, onStop, log }) { onStop(() => log.info('released')); router.get('/', (ctx) => { ctx.body = 'x'; setImmediate(() => { throw new Error('nobody catches this') }) }) }",
      ),
      'freeda.config.ts': "import careless from './careless.ts'\nexport default { plugins: [careless()] }",
    })
    const app = await spawnApp({ command: [freeda, 'start'], cwd: folder })
    await fetch(`${app.url}/careless`)
    await expect.poll(() => app.child.exitCode).toBe(1)
    expect(app.output()).toMatch(/"level":"fatal".*nobody catches this[\s\S]*released/)
  })
})

describe('freeda openapi', () => {
  it('prints the document and nothing else, without listening, although a plugin forgot a timer', () => {
    write({
      'freeda.config.ts':
        "import shop from './shop.ts'\nexport default { name: 'desk', version: '1.0.0', server: { port: 1 }, plugins: [shop()] }",
      'shop.ts': plugin(
        'shop',
        "setup({ router, log }) { log.info('here'); setInterval(() => {}, 1e6); router.get('/:id', { summary: 'One' }, () => null) }",
      ),
    })
    const { status, stdout } = run(['openapi'])
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      openapi: '3.1.1',
      info: { title: 'desk' },
      paths: { '/shop/{id}': { get: { summary: 'One' } } },
    })
  })

  it('fails as `freeda start` does', () => {
    write({ 'freeda.config.ts': 'export default { plugins: ["nope"] }' })
    expect(run(['openapi'])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('[FREEDA_CONFIG_INVALID]'),
    })
  })
})
