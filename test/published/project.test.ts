/** The first hour with Freeda: from `npm create` to a running, checked project, with nothing but published packages. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  deployTools,
  imageOf,
  missingTools,
  outputOf,
  stacksOf,
  startEmulatedAws,
  type EmulatedAws,
} from '../deploy/emulated-aws.ts'
import { baseImage } from '../deploy/image/base-image.ts'
import { imageTools, podman, runImage } from '../deploy/image/run-image.ts'
import { deployEnvironment, projectIn, type Project } from '../deploy/project.ts'
import { startService, type Service } from '../deploy/stand-in-service.ts'
import { newcomersEnvironment, runCommand, startCommand } from './newcomer.ts'
import { registries } from './provided-registries.ts'

const missing = missingTools([...deployTools, ...imageTools])
if (missing.length > 0) process.stderr.write(`the deployment is not tested: no ${missing.join(', ')}\n`)

/** From an empty folder and an empty cache of npm to the first answer, which a newcomer is promised. */
const firstAnswerMs = 60_000

/** @returns where the note is */
async function postNote(url: string): Promise<string> {
  const made = await fetch(`${url}/notes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"text":"kept"}',
  })
  expect(made.status).toBe(201)
  return made.headers.get('location')!
}

describe('npm create freeda@latest my-api -- --yes', () => {
  const home = mkdtempSync(join(tmpdir(), 'freeda newcomer '))
  const folder = join(home, 'my-api')
  const env = newcomersEnvironment({ registry: registries.loopback, home })
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  const run = (...command: string[]) => runCommand(command, folder, env)
  const start = (environment: Readonly<Record<string, string>> = {}) =>
    startCommand(['npm', 'start'], /"url":"(http:[^"]+)".*"msg":"ready"/, folder, {
      ...env,
      PORT: '0',
      ...environment,
    })
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')

  let created: string
  let elapsedMs: number
  beforeAll(async () => {
    const beganMs = performance.now()
    const made = await runCommand(['npm', 'create', 'freeda@latest', 'my-api', '--', '--yes'], home, env)
    created = made.output
    expect(made.code, created).toBe(0)
    const app = await start()
    const answer = await fetch(`${app.match[1]}/health`)
    elapsedMs = performance.now() - beganMs
    expect(answer.status).toBe(200)
    expect(await app.end()).toContain('"msg":"stopped"')
  })

  it('answers its first request within a minute, install included, with a cold cache', () => {
    process.stderr.write(`npm create to the first 200: ${(elapsedMs / 1_000).toFixed(1)} s\n`)
    expect(elapsedMs).toBeLessThan(firstAnswerMs)
  })

  it('says what was made and what comes next, in a repository with a first commit', async () => {
    expect(created).toContain('✔ packages (npm install)')
    expect(created).toContain('✔ git repository with a first commit')
    expect(created).toContain('cd my-api')
    expect(await run('git', 'status', '--porcelain')).toEqual({ code: 0, output: '' })
  })

  it('has the packages of this workspace from the registry', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Readonly<Record<string, { readonly resolved?: string; readonly version: string }>>
    }
    const freeda = Object.entries(packages).filter(([path]) => path.startsWith('node_modules/@freeda/'))
    expect(freeda.map(([path]) => path.slice('node_modules/@freeda/'.length)).toSorted()).toEqual([
      'health',
      'runtime',
      'storage-dynamodb',
      'storage-json',
    ])
    for (const [, { resolved }] of freeda) expect(resolved).toContain(registries.loopback)
  })

  it('installs by its lock file, without a warning about Node or about what is deprecated', async () => {
    const { code, output } = await run('npm', 'ci')
    expect(output).not.toMatch(/EBADENGINE|deprecated/)
    expect(code, output).toBe(0)
  })

  it.each([['typecheck'], ['lint'], ['test'], ['build']])(
    'passes npm run %s with no edit',
    async (script) => {
      const { code, output } = await run('npm', 'run', script)
      expect(code, output).toBe(0)
    },
  )

  it('keeps a note over a restart', async () => {
    const first = await start()
    const location = await postNote(first.match[1]!)
    await first.end()
    const second = await start()
    expect(await (await fetch(`${second.match[1]}${location}`)).json()).toMatchObject({ text: 'kept' })
    await second.end()
  })

  it('has no known vulnerability of level high', async ({ skip }) => {
    const { code, output } = await run(
      'npm',
      'audit',
      '--audit-level=high',
      `--registry=${registries.upstream}`,
    )
    if (/audit endpoint returned an error/.test(output)) {
      process.stderr.write(
        'vulnerabilities are not looked for: the registry of this machine serves no audit\n',
      )
      skip('the registry serves no audit')
    }
    expect(code, output).toBe(0)
  })

  it('is told by ./deploy.sh staging --dry-run that AWS does not know the caller, and what to do', async () => {
    const { code, output } = await run('./deploy.sh', 'staging', '--dry-run')
    expect(output).toContain('Sign in (aws sso login)')
    expect(output).not.toContain('is refused')
    expect(code).toBe(3)
  })

  describe.skipIf(missing.length > 0)('deployed to an emulated AWS by its own deploy.sh', () => {
    let aws: EmulatedAws
    let project: Project
    let service: Service
    let image: string | undefined
    beforeAll(async () => {
      baseImage()
      aws = await startEmulatedAws()
      service = await startService()
      project = projectIn(folder, deployEnvironment(env, aws))
    })
    afterAll(async () => {
      // By its id: what was built has another name than what was pulled.
      if (image !== undefined)
        podman('image', 'rm', '--force', podman('image', 'inspect', '--format', '{{.Id}}', image))
      service.close()
      await aws.stop()
    })
    const deploy = (...args: string[]) => project.deploy(['staging', ...args], { SMOKE_URL: service.url })

    it('shows in a dry run what it would do, with no edit of the project', async () => {
      const { code, output } = await deploy('--dry-run')
      expect(output).toContain('would be built and pushed')
      expect(output).toContain('Nothing was changed.')
      expect(code, output).toBe(0)
      expect(stacksOf(aws)).toEqual([])
    })

    it('builds and pushes its image, and makes every stack', async () => {
      const { code, output } = await deploy('--yes')
      expect(code, output).toBe(0)
      expect(output).toContain('Done.')
      expect(stacksOf(aws)).toEqual(
        ['foundation', 'network', 'ops', 'registry', 'service', 'table'].map(
          (name) => `my-api-staging-${name} CREATE_COMPLETE`,
        ),
      )
    })

    it('has pushed an image that serves notes from the table of its own stack, is well, and ends with 0 on SIGTERM', async () => {
      const deployed = imageOf(aws, 'my-api-staging-service')
      image = `${aws.registry}/${deployed.slice(deployed.indexOf('/') + 1)}`
      podman(
        'pull',
        '--quiet',
        '--tls-verify=false',
        '--authfile',
        aws.environment['REGISTRY_AUTH_FILE']!,
        image,
      )
      const app = await runImage(image, {
        TABLE_NAME: outputOf(aws, 'my-api-staging-table', 'TableName'),
        ...aws.environment,
      })
      const made = await postNote(app.url)
      expect(await (await fetch(`${app.url}${made}`)).json()).toMatchObject({ text: 'kept' })
      expect(app.healthCheck()).toBe(0)
      expect(await app.end()).toBe(0)
      expect(app.output()).toContain('"msg":"stopped"')
    })
  })
})
