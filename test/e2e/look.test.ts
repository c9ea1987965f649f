/** The commands that look at an app without starting it. */
import { chmodSync, existsSync, readFileSync } from 'node:fs'
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
  it('counts what .env sets, as freeda dev does, and not in production', () => {
    const { run, write } = project({ ...desk, '.env': 'NOTES_KEY=a-real-secret\nPORT=1\n' })
    const found = run(['env'], { PORT: '8080' })
    expect(found).toMatchObject({ status: 0, stderr: '' })
    expect(found.stdout).toMatch(/^NOTES_KEY +set in \.env/m)
    expect(found.stdout).toMatch(/^PORT +set /m)
    expect(run(['config'], { PORT: '8080' }).stdout).toContain('secret NOTES_KEY in .env')
    expect(run(['env'], { NODE_ENV: 'production' }).status).toBe(1)
    write({ '.env': 'NOTES_KEY a-real-secret\n' })
    const broken = run(['doctor', '--json'])
    expect(JSON.parse(broken.stdout)).toMatchObject({ ok: false })
    expect(broken.stdout).toContain('.env, line 1: is not NAME=value.')
    expect(broken.stdout).not.toContain('a-real-secret')
  })

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
  })
})

/** Stands in for the aws program: gives these answers, and takes only options that versions 1 and 2 both know. */
const aws = (answers: Readonly<Record<string, unknown>>) => ({
  'bin/aws': `#!${process.execPath}
const answers = ${JSON.stringify(answers)}
const call = process.argv.slice(2, 4).join(' ')
const known = ['--stack-name', '--cluster', '--services', '--task-definition', '--path', '--recursive', '--profile', '--region', '--output']
const unknown = process.argv.find((word) => word.startsWith('--') && !known.includes(word))
if (unknown !== undefined) { console.error('Unknown options: ' + unknown); process.exit(252) }
if (!(call in answers)) { console.error('An error occurred (ValidationError): Stack does not exist'); process.exit(254) }
console.log(JSON.stringify(answers[call]))
`,
})

describe('freeda doctor', () => {
  const severities = (stdout: string) => {
    const { findings } = JSON.parse(stdout) as { findings: { id: string; severity: string }[] }
    return Object.fromEntries(findings.map(({ id, severity }) => [id, severity]))
  }

  it('looks at an app that is running, and sees that it is', async () => {
    const { folder, run } = project(desk)
    const env = { NOTES_KEY: 'a-real-secret' }
    const app = await spawnApp({ command: [freeda, 'start'], cwd: folder, env })
    const { port } = new URL(app.url)
    const { status, stdout } = run(['doctor', '--json', '--stop-timeout', '45'], { ...env, PORT: port })
    expect(severities(stdout)).toMatchObject({
      config: 'ok',
      routes: 'ok',
      env: 'ok',
      packages: 'ok',
      port: process.platform === 'linux' ? 'note' : 'error',
      'storage-json.folder': 'ok',
      'storage-json.lock': 'note',
      'budget.shutdown': 'ok',
      clock: 'note',
      deployed: 'note',
    })
    expect(stdout).not.toContain('a-real-secret')
    expect(status).toBe(0)
    expect((await fetch(`${app.url}/notes`)).status).toBe(200)
  })

  it('exits with 1 for an error, with --strict for a warning too, and with 2 when it is called wrongly', () => {
    const { run } = project(desk)
    const missing = run(['doctor'])
    expect(missing.status).toBe(1)
    expect(missing.stdout).toMatch(/^error +env\.NOTES_KEY .*not set/m)
    expect(missing.stdout).toMatch(/^ +→ Set NOTES_KEY/m)
    expect(missing.stdout).toMatch(/^1 error, .* ok\.$/m)
    const env = { NOTES_KEY: 'a-real-secret', NODE_ENV: 'prod', PORT: '0' }
    const strict = run(['doctor', '--strict'], env)
    expect(strict.status).toBe(1)
    expect(strict.stdout).toMatch(/^warning +mode/m)
    expect(run(['doctor', '--profile', 'work']).status).toBe(2)
  })

  it('reports a config that cannot be loaded, and one with problems, as findings', () => {
    const { run, write } = project({ 'freeda.config.ts': "throw new Error('no luck')" })
    const broken = run(['doctor', '--json'])
    expect(broken.status).toBe(1)
    expect(JSON.parse(broken.stdout)).toMatchObject({ app: null, ok: false })
    expect(severities(broken.stdout)).toMatchObject({
      config: 'error',
      app: 'note',
      node: expect.any(String),
    })
    write({ 'freeda.config.ts': 'export default { servr: {}, plugins: ["nope"] }' })
    expect(severities(run(['doctor', '--json']).stdout)).toMatchObject({
      'config.unknown_key': 'error',
      'config.plugin_not_loaded': 'error',
    })
  })

  it('looks at what is deployed, through the aws program', () => {
    const arn = 'arn:aws:ecs:eu-west-1:1:service/desk/app'
    const { folder, run } = project({
      ...desk,
      ...aws({
        'cloudformation describe-stacks': {
          Stacks: [
            { StackName: 'desk', StackStatus: 'UPDATE_COMPLETE' },
            { StackName: 'desk-qa-table', StackStatus: 'UPDATE_COMPLETE' },
          ],
        },
        'ssm get-parameters-by-path': { Parameters: [{ Name: '/desk/qa/table-name' }] },
        'cloudformation list-stack-resources': {
          StackResourceSummaries: [{ ResourceType: 'AWS::ECS::Service', PhysicalResourceId: arn }],
        },
        'ecs describe-services': {
          services: [
            {
              serviceName: 'app',
              status: 'ACTIVE',
              desiredCount: 2,
              runningCount: 1,
              pendingCount: 1,
              taskDefinition: 'app:3',
              deployments: [{ status: 'PRIMARY', rolloutState: 'IN_PROGRESS' }],
            },
          ],
        },
        'ecs describe-task-definition': {
          taskDefinition: { containerDefinitions: [{ name: 'app', image: 'desk:latest', stopTimeout: 10 }] },
        },
      }),
    })
    chmodSync(join(folder, 'bin/aws'), 0o755)
    const env = { NOTES_KEY: 'a-real-secret', PORT: '0' }
    const call = ['doctor', '--json', '--stack', 'desk', '--region', 'eu-west-1']
    const found = run(call, { ...env, PATH: join(folder, 'bin') })
    expect(found.status).toBe(1)
    expect(severities(found.stdout)).toMatchObject({
      'stack.desk': 'ok',
      'stack.desk.service': 'warning',
      'stack.desk.image': 'warning',
      'stack.desk.stop-time': 'error',
    })
    const whole = run(['doctor', '--json', '--deployed', 'qa'], { ...env, PATH: join(folder, 'bin') })
    expect(severities(whole.stdout)).toMatchObject({
      'deployed.qa': 'ok',
      'stack.desk-qa-table': 'ok',
    })
    expect(whole.stdout).toContain('1 stack of qa, with table-name under /desk/qa.')
    const without = run(call, { ...env, PATH: join(folder, 'nothing') })
    expect(severities(without.stdout)['stack.desk']).toBe('error')
    expect(without.stdout).toContain('the aws command is not installed here')
  })
})

describe('freeda graph', () => {
  it('says which folder a picture has no place in', () => {
    expect(project(desk).run(['graph', '--svg', 'no/such.svg'])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/such\.svg could not be written: there is no folder .*Make it first\./),
    })
  })

  it('writes pictures where it is told to, and JSON', () => {
    const { folder, run } = project(desk)
    const drawn = run(['graph', '--svg', 'a picture.svg', '--png', 'a picture.png'])
    expect(drawn).toMatchObject({ status: 0, stdout: expect.stringContaining('a picture.svg') })
    expect(readFileSync(join(folder, 'a picture.svg'), 'utf8')).toMatch(/^<svg /)
    expect(readFileSync(join(folder, 'a picture.png')).subarray(1, 4).toString()).toBe('PNG')
    expect(JSON.parse(run(['graph', '--json']).stdout)).toMatchObject({
      edges: [{ from: 'notes', to: 'storage-json', service: 'freeda.storage', optional: false }],
    })
  })
})
