/** The commands that look at an app without starting it. */
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
