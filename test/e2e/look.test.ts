/** The commands that look at an app without starting it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freeda, project } from './cli-process.ts'
import { spawnApp } from './spawn-app.ts'

const desk = {
  'notes.ts': `import { collection, definePlugin } from '@freeda/runtime'
import { z } from 'zod'
const Note = z.object({ text: z.string() })
export const notes = definePlugin({
  name: 'notes', freeda: '^1.0.0',
  options: z.object({ key: z.string(), pageSize: z.number().default(20) }),
  collections: { notes: collection(Note, { indexes: { byText: { partition: 'text' } } }) },
  setup({ router, collections }) {
    console.log('setting up')
    router.get('/', { summary: 'All notes', response: z.unknown() }, () => collections.notes.query())
  },
})`,
  'freeda.config.ts': `import { defineConfig } from '@freeda/runtime'
import { json } from '@freeda/storage-json'
import { notes } from './notes.ts'
export default defineConfig(({ env, secret }) => ({
  server: { port: env.port('PORT', 3000) },
  plugins: [notes({ key: secret('NOTES_KEY') }), json({ directory: env('DATA_DIR', './data') })],
}))`,
}

describe('freeda routes and freeda openapi', () => {
  it('work while the app is running, and without any variable', async () => {
    const { folder, run } = project(desk)
    await spawnApp({ command: [freeda, 'start'], cwd: folder, env: { NOTES_KEY: 'a-real-secret' } })
    const routes = run(['routes'])
    expect(routes.status).toBe(0)
    expect(routes.stdout).toMatch(/^METHOD +PATH +PLUGIN +SECURITY/)
    expect(routes.stdout).toMatch(/^GET +\/notes +notes +public +response +All notes$/m)
    expect(routes.stderr).toContain('One value comes from a variable that is not set')
    const openapi = run(['openapi'])
    expect(openapi.status).toBe(0)
    expect(JSON.parse(openapi.stdout)).toMatchObject({
      info: { title: 'desk', version: '1.2.3' },
      paths: { '/notes': { get: { summary: 'All notes' } } },
    })
  })

  it('give JSON to scripts, and exit with 1 when a plugin cannot be set up', () => {
    const { run } = project({
      'freeda.config.ts': `import { definePlugin } from '@freeda/runtime'
const eager = definePlugin({ name: 'eager', freeda: '^1.0.0', setup() { throw new Error('connect ECONNREFUSED') } })
const fine = definePlugin({ name: 'fine', freeda: '^1.0.0', setup({ router }) { router.get('/', () => null) } })
export default { docs: false, plugins: [eager(), fine()] }`,
    })
    const { status, stdout, stderr } = run(['routes', '--json'])
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      app: 'desk',
      routes: [{ method: 'GET', path: '/fine', plugin: 'fine', security: 'public' }],
      failures: [{ at: 'eager' }],
    })
    expect(stderr).toMatch(/eager: it could not be set up.*ECONNREFUSED\n +→ .*onStart/)
  })
})

describe('freeda plugins and freeda config', () => {
  it('read the plan only, and show no secret', () => {
    const { run } = project(desk)
    const plugins = run(['plugins'])
    expect(plugins.status).toBe(0)
    expect(plugins.stdout).toContain('freeda.storage from storage-json (for its collections)')
    expect(plugins.stdout).not.toContain('setting up')
    const config = run(['config'], { PORT: '8080', NOTES_KEY: 'a-real-secret' })
    expect(config.status).toBe(0)
    expect(config.stdout).toMatch(/^server.port +8080 +PORT$/m)
    expect(config.stdout).toMatch(/^ +options.key +\[redacted\] +secret NOTES_KEY$/m)
    expect(config.stdout + config.stderr).not.toContain('a-real-secret')
    const { values } = JSON.parse(run(['config', '--json']).stdout) as { values: { path: string }[] }
    expect(values).toContainEqual({
      path: 'plugins[0].options.key',
      plugin: 'notes',
      value: null,
      from: { kind: 'variable', name: 'NOTES_KEY', secret: true, source: 'missing' },
    })
  })
})

describe('freeda env', () => {
  it('exits with 1 while something is missing, and says what', () => {
    const { run } = project(desk)
    const missing = run(['env'])
    expect(missing.status).toBe(1)
    expect(missing.stdout).toMatch(/^NOTES_KEY +missing +yes +yes/m)
    expect(missing.stderr).toContain('Set NOTES_KEY in the environment or in FREEDA_SECRETS.')
    const { status, stdout } = run(['env', '--json'], { NOTES_KEY: 'a-real-secret' })
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ problems: [] })
    expect(stdout).not.toContain('a-real-secret')
  })

  it('writes .env.example, the same each time, and spares what somebody else wrote', () => {
    const { folder, run, write } = project(desk)
    const file = join(folder, '.env.example')
    expect(run(['env', '--example'], { NOTES_KEY: 'a-real-secret', PORT: '1' }).status).toBe(0)
    const text = readFileSync(file, 'utf8')
    expect(text).toMatch(/^NOTES_KEY=$/m)
    expect(text).toMatch(/^# PORT=3000$/m)
    expect(run(['env', '--example'], { NODE_ENV: 'production' }).stdout).toContain('up to date')
    write({ '.env.example': 'OTHER=1\n' })
    const refused = run(['env', '--example'])
    expect(refused.status).toBe(1)
    expect(refused.stderr).toContain('it has OTHER, which the app does not read')
    expect(readFileSync(file, 'utf8')).toBe('OTHER=1\n')
    expect(run(['env', '--example', '--force']).status).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(text)
    expect(existsSync(join(folder, '.env'))).toBe(false)
    expect(run(['env', '--force']).status).toBe(2)
  })
})
