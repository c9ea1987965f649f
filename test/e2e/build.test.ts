import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freeda, project } from './cli-process.ts'
import { spawnApp, temporaryFolder } from './spawn-app.ts'

const config = `import { health } from '@freeda/health'
import { defineConfig } from '@freeda/runtime'
import { json } from '@freeda/storage-json'
import { notes } from './src/notes.ts'

export default defineConfig(({ env, secret }) => ({
  server: { port: env.port('PORT', 3000), drain: 0 },
  plugins: [json(), health(), notes({ key: secret('NOTES_KEY') })],
}))
`
const notes = `import { readFileSync } from 'node:fs'
import { collection, definePlugin } from '@freeda/runtime'
import { z } from 'zod'

const greeting = readFileSync(new URL('./greeting.txt', import.meta.url), 'utf8')

export const notes = definePlugin({
  name: 'notes',
  freeda: '^1.0.0',
  options: z.object({ key: z.string() }),
  collections: { notes: collection(z.object({ text: z.string() })) },
  setup({ collections, router, log }) {
    router.get('/', {}, () => ({ greeting }))
    router.post('/', { body: z.object({ text: z.string() }) }, ({ body }) => collections.notes.create(body))
    router.get('/stack', {}, () => {
      const { stack } = new Error('here')
      return { stack }
    })
  },
})
`
const files = { 'freeda.config.ts': config, 'src/notes.ts': notes, 'src/greeting.txt': 'Hello' }

/** As an SDK does that asks only when it must. */
const usePost = (code: string) =>
  `import { post } from './post.ts'\n${code.replace("router.get('/', {}", "router.get('/post', {}, async () => ({ is: typeof (await post()) }))\n    router.get('/', {}")}`

/** At the end Node says what it loaded of its own. */
const printLoaded = `process.once('exit', () => {
  require('node:fs').writeFileSync(process.env.LOADED, JSON.stringify(process.moduleLoadList))
})`

/** Every file of a folder with its content. */
const contents = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length), readFileSync(path, 'base64')]),
  )

const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'build.json'), 'utf8')) as Readonly<Record<string, unknown>>

describe('freeda build', () => {
  it('makes a folder that runs on its own, anywhere, and says which build it is', async () => {
    const { folder, run } = project(files)
    const { status, stdout, stderr } = run(['build'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/dist\/ is desk 1\.2\.3, build [0-9a-f]{12}/)

    const elsewhere = join(await temporaryFolder(), 'an app')
    cpSync(join(folder, 'dist'), join(elsewhere, 'dist'), { recursive: true })
    const app = await spawnApp({ command: ['dist/server.js'], cwd: elsewhere, env: { NOTES_KEY: 'k-1234' } })
    const url = app.url.replace('0.0.0.0', '127.0.0.1')
    expect(await (await fetch(`${url}/notes`)).json()).toEqual({ greeting: 'Hello' })
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ text: 'Milk' })
    expect((await fetch(`${url}/notes`, { method: 'POST', headers, body })).status).toBe(200)
    expect(readdirSync(join(elsewhere, 'data'))).not.toEqual([])
    const { build, commit } = manifestOf(join(folder, 'dist'))
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({
      name: 'desk',
      version: '1.2.3',
      build,
    })
    expect(commit).toMatch(/^[0-9a-f]{40}$/)
    const { stack } = (await (await fetch(`${url}/notes/stack`)).json()) as { stack: string }
    expect(stack.split('\n')[1]).toContain(join(elsewhere, 'src/notes.ts:16:25'))

    const ask = (args: readonly string[], port = new URL(url).port) =>
      spawnSync(process.execPath, [join(elsewhere, 'dist/health.js'), ...args], {
        env: { PORT: port },
        encoding: 'utf8',
      })
    expect(ask([])).toMatchObject({ status: 0, stdout: expect.stringContaining('/health/live answered 200') })
    expect(ask(['--ready'])).toMatchObject({ status: 0 })
    expect(await app.end('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(ask([])).toMatchObject({ status: 1, stderr: expect.stringContaining('cannot be reached') })
    expect(ask(['--prot'])).toMatchObject({ status: 1 })
  })

  it('makes a server that starts without fetch and WebSocket, which Node loads with every export of http', async () => {
    const onDemand = "export const post = async () => (await import('node:http')).request\n"
    const { folder, run } = project({ ...files, 'src/post.ts': onDemand, 'src/notes.ts': usePost(notes) })
    expect(run(['build']).status).toBe(0)
    writeFileSync(join(folder, 'print-loaded.cjs'), printLoaded)
    const app = await spawnApp({
      command: ['--require', './print-loaded.cjs', 'dist/server.js'],
      cwd: folder,
      env: { NOTES_KEY: 'k-1234', LOADED: join(folder, 'loaded.json') },
    })
    const url = app.url.replace('0.0.0.0', '127.0.0.1')
    expect(await (await fetch(`${url}/notes/post`)).json()).toEqual({ is: 'function' })
    expect(await app.end('SIGTERM')).toEqual({ code: 0, signal: null })
    const loaded = JSON.parse(readFileSync(join(folder, 'loaded.json'), 'utf8')) as string[]
    expect(loaded).toContain('NativeModule http')
    expect(loaded.filter((name) => name.includes('undici'))).toEqual([])
  })

  it('takes along the languages of zod when some module asks for one', async () => {
    const english = notes.replace(
      "router.get('/', {}",
      "router.get('/bad', {}, () => z.int().safeParse('x').error?.issues[0]?.message)\n    router.get('/', {}",
    )
    const messageOf = async (code: string) => {
      const { folder, run } = project({ ...files, 'src/notes.ts': code })
      expect(run(['build']).status).toBe(0)
      const app = await spawnApp({ command: ['dist/server.js'], cwd: folder, env: { NOTES_KEY: 'k-1234' } })
      return (await fetch(`${app.url.replace('0.0.0.0', '127.0.0.1')}/notes/bad`)).text()
    }
    expect(await messageOf(english)).toMatch(/Invalid input/)
    expect(
      await messageOf(english.replace('const greeting', 'z.config(z.locales.fr())\nconst greeting')),
    ).toMatch(/Entrée invalide/)
  })

  it('writes the same bytes again, and needs no variable; the licences are there', () => {
    const { folder, run } = project(files)
    expect(run(['build', '--commit', 'abc']).status).toBe(0)
    const first = contents(join(folder, 'dist'))
    expect(run(['build', '--commit', 'abc']).status).toBe(0)
    expect(contents(join(folder, 'dist'))).toEqual(first)
    expect(readdirSync(folder).filter((name) => name.startsWith('dist'))).toEqual(['dist'])
    const licences = readFileSync(join(folder, 'dist/LICENSES.txt'), 'utf8')
    expect(licences).toMatch(/^koa \d/m)
    expect(licences).toMatch(/^zod \d/m)
  })

  it('lists all that cannot be bundled at once, with what to do, and writes nothing', () => {
    const { folder, run } = project({
      'node_modules/fast-thing/package.json':
        '{ "name": "fast-thing", "version": "1.0.0", "main": "index.js" }',
      'node_modules/fast-thing/index.js': "module.exports = require('./build/thing.node')",
      'node_modules/old-thing/package.json':
        '{ "name": "old-thing", "version": "1.0.0", "main": "index.js", "dependencies": { "bindings": "*" } }',
      'node_modules/old-thing/index.js': 'module.exports = (name) => require(name)',
      'src/work.ts': 'postMessage(1)',
      'src/plugin.ts': `import { Worker } from 'node:worker_threads'
import fast from 'fast-thing'
import old from 'old-thing'
import none from 'not-installed'
export const all = [fast, old, none]
export const work = () => new Worker(new URL('./work.ts', import.meta.url))
export const load = (name: string) => import(name)
`,
      'freeda.config.ts': "import * as all from './src/plugin.ts'\nconsole.log(all)\nexport default {}",
    })
    const missing = run(['build'])
    expect(missing.status).toBe(1)
    expect(missing.stderr).toContain('src/plugin.ts:4:18: "not-installed" is not found.')
    expect(missing.stderr).toContain('npm install not-installed')

    const rest = run(['build', '--external', 'not-installed'])
    expect(rest.status).toBe(1)
    expect(rest.stderr).toContain('loads the compiled addon node_modules/fast-thing/build/thing.node')
    expect(rest.stderr).toContain('old-thing: is a compiled addon')
    expect(rest.stderr).toContain('--external old-thing')
    expect(rest.stderr).toMatch(
      /old-thing \(.*index\.js\):1: loads a module whose name is only known at run time/,
    )
    expect(rest.stderr).toContain('src/plugin.ts:6: starts a worker from a file of its own')
    expect(rest.stderr).toContain('src/plugin.ts:7: loads a module whose name is only known at run time')
    expect(rest.stderr).toContain('--allow src/plugin.ts')
    expect(readdirSync(folder)).not.toContain('dist')

    const left = ['not-installed', 'fast-thing', 'old-thing'].flatMap((name) => ['--external', name])
    const done = run(['build', ...left, '--allow', 'src/plugin.ts', '--json'])
    expect(done.status).toBe(0)
    expect(JSON.parse(done.stdout)).toMatchObject({ manifest: { external: { 'old-thing': '1.0.0' } } })
    expect(readFileSync(join(folder, 'dist/package.json'), 'utf8')).toContain('"fast-thing": "1.0.0"')
  })

  it('takes along plugins that the config names as text, of a JSON file too', async () => {
    const plugin = (name: string) =>
      `import { definePlugin } from '@freeda/runtime'
export default definePlugin({ name: '${name}', freeda: '^1.0.0', setup({ router }) { router.get('/', {}, () => '${name}') } })`
    const { folder, run, write } = project({
      'freeda.config.json':
        '{ "plugins": ["@freeda/health", "./plugins/hello.ts"], "server": { "port": 0, "drain": 0 } }',
      'plugins/hello.ts': plugin('hello'),
      'plugins/tools.ts': plugin('tools'),
    })
    expect(run(['build'])).toMatchObject({ status: 0, stderr: '' })
    const app = await spawnApp({ command: [join(folder, 'dist/server.js')], cwd: folder })
    expect(await (await fetch(`${app.url.replace('0.0.0.0', '127.0.0.1')}/hello`)).text()).toBe('hello')
    await app.end('SIGKILL')

    write({
      'freeda.config.ts': `export default ({ mode }) => ({ plugins: [
  mode === 'production' ? './plugins/hello.ts' : './plugins/tools.ts',
  mode === 'test' && 'not-installed', process.env.MORE && process.env.MORE ] })`,
    })
    expect(run(['build', '--config', 'freeda.config.ts'])).toMatchObject({ status: 0, stderr: '' })
    const unknown = spawnSync(process.execPath, [join(folder, 'dist/server.js')], {
      env: { MORE: './plugins/more.ts', PORT: '0' },
      encoding: 'utf8',
    })
    expect(unknown).toMatchObject({ status: 1 })
    expect(unknown.stderr).toContain('The plugin "./plugins/more.ts" is not in this build')
  })

  it('says what it could not find out when the config needs its environment, and builds all the same', () => {
    const { run } = project({
      'freeda.config.ts': "export default { name: process.env['APP_NAME'].trim() }",
    })
    const { status, stderr } = run(['build'])
    expect(status).toBe(0)
    expect(stderr).toContain('could not be run without its environment')
  })

  it('does not touch a folder that holds something else', () => {
    const { folder, run, write } = project({ ...files, 'dist/thesis.txt': 'years of work' })
    const { status, stderr } = run(['build'])
    expect(status).toBe(1)
    expect(stderr).toContain('[FREEDA_BUILD_FOLDER]')
    expect(readFileSync(join(folder, 'dist/thesis.txt'), 'utf8')).toBe('years of work')
    write({ 'dist/build.json': '{ "of": "another program" }' })
    expect(run(['build']).status).toBe(1)
    expect(run(['build', '--out', 'out/app']).status).toBe(0)
  })
})

describe('freeda start', () => {
  it('takes what was built in production, says so, and tells when the sources have changed', async () => {
    const { folder, run, write } = project({
      'freeda.config.ts':
        "import { health } from '@freeda/health'\nexport default { name: 'one', server: { port: 0, drain: 0 }, plugins: [health()] }",
    })
    expect(run(['start', '--built'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('[FREEDA_BUILD_MISSING]'),
    })
    expect(run(['build']).status).toBe(0)
    const start = async (args: readonly string[], env: Record<string, string>) => {
      const app = await spawnApp({ command: [freeda, 'start', ...args], cwd: folder, env })
      const { name } = (await (await fetch(`${app.url.replace('0.0.0.0', '127.0.0.1')}/health`)).json()) as {
        name: string
      }
      expect(await app.end('SIGTERM')).toEqual({ code: 0, signal: null })
      return { name, output: app.output() }
    }
    const built = await start([], { NODE_ENV: 'production' })
    expect(built.output).toMatch(/Starting dist\/server\.js: desk 1\.2\.3, build [0-9a-f]{12}/)
    expect(built.output).not.toContain('have changed')

    write({
      'freeda.config.ts': readFileSync(join(folder, 'freeda.config.ts'), 'utf8').replace("'one'", "'two'"),
    })
    const stale = await start([], { NODE_ENV: 'production' })
    expect(stale.name).toBe('one')
    expect(stale.output).toContain('Its sources have changed since')
    expect((await start(['--source'], { NODE_ENV: 'production' })).name).toBe('two')
    expect((await start([], {})).name).toBe('two')
    expect((await start(['--built'], {})).name).toBe('one')
    expect(run(['start', '--built', '--source'])).toMatchObject({ status: 2 })
  })

  it('needs nothing but the build and Node: no sources, no node_modules, nothing that can be written', async () => {
    const { folder, run } = project({
      'freeda.config.ts': 'export default { server: { port: 0, drain: 0 } }',
    })
    expect(run(['build']).status).toBe(0)
    const place = await temporaryFolder()
    cpSync(join(folder, 'dist'), join(place, 'dist'), { recursive: true })
    writeFileSync(join(place, 'no-place'), '')
    const app = await spawnApp({
      command: ['dist/server.js'],
      cwd: place,
      env: { NODE_COMPILE_CACHE: join(place, 'no-place/cache') },
    })
    expect(await app.end('SIGINT')).toEqual({ code: 0, signal: null })
    expect(app.output()).not.toMatch(/warning|EACCES|ENOTDIR/i)
  })
})

describe('freeda health', () => {
  it('asks the port and the prefix of the config, built or not', async () => {
    const { folder, run } = project({
      'freeda.config.ts': `import { health } from '@freeda/health'
export default ({ env }) => ({ server: { port: env.port('DESK_PORT', 1), drain: 0 }, plugins: [health({}, { prefix: '/internal' })] })`,
    })
    const app = await spawnApp({ command: [freeda, 'start'], cwd: folder, env: { DESK_PORT: '0' } })
    const { port } = new URL(app.url)
    const fromSource = run(['health'], { DESK_PORT: port })
    expect(fromSource).toMatchObject({ status: 0, stderr: '' })
    expect(fromSource.stdout).toContain(`http://127.0.0.1:${port}/internal/live answered 200`)
    expect(run(['health'])).toMatchObject({ status: 1 })
    expect(run(['health'], { DESK_PORT: '0' }).stderr).toContain('Say it with --port')
    expect(run(['build']).status).toBe(0)
    expect(run(['health', '--ready'], { DESK_PORT: port }).stdout).toContain('/internal/ready answered 200')
    expect(run(['health', '--port', port]).status).toBe(0)
    expect(run(['health', '--port', port, '--timeout', 'soon'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--timeout is "soon"; expected milliseconds'),
    })
    expect(run(['health', '--port', 'abc'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--port is "abc"; expected a port'),
    })
  })
})
