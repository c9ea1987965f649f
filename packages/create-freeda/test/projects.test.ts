/** Every variant is what it promises: types, tests, lint and format of what comes out. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { infrastructureFiles } from '../build/copy-templates.ts'
import type { ProjectAnswers } from '../src/answers.ts'
import { renderPackage, renderProject, type Rendered } from '../src/render-project.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const templates = join(root, 'packages/create-freeda/dist/templates')
/** Inside the workspace, so that packages resolve as they do for a user. */
const folder = mkdtempSync(join(root, 'packages/create-freeda/test/made-'))

const answers = (given: Partial<ProjectAnswers>): ProjectAnswers => ({
  name: 'shop',
  template: 'api',
  storage: 'dynamodb',
  region: 'eu-west-3',
  auth: false,
  packageManager: 'npm',
  ...given,
})

const projects: Readonly<Record<string, ProjectAnswers>> = {
  minimal: answers({ template: 'minimal', storage: 'json' }),
  api: answers({}),
  'api-auth': answers({ auth: true, storage: 'json' }),
  'api-cache': answers({ cache: true }),
  'realtime-auth': answers({ template: 'realtime', auth: true }),
}

function write(name: string, files: Rendered): void {
  for (const [path, { text, executable }] of files) {
    const file = join(folder, name, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    if (executable) chmodSync(file, 0o755)
  }
}

const read = (path: string) => readFileSync(join(folder, path), 'utf8')

const run = (program: string, args: readonly string[], cwd = folder) => {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin', program), args, {
    cwd,
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

beforeAll(() => {
  // A boundary for ignore files: those of the workspace say nothing of a project.
  mkdirSync(join(folder, '.git'))
  for (const [name, given] of Object.entries(projects)) write(name, renderProject(templates, given, '0.1.0'))
  write('plugin', renderPackage(templates, 'plugin', 'freeda-plugin-mail'))
  write('driver', renderPackage(templates, 'driver', 'freeda-tape'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const all = [...Object.keys(projects), 'plugin', 'driver']

describe('what is made', () => {
  it.each(all)('has correct types: %s', (name) => {
    expect(run('tsc', ['--pretty', 'false'], join(folder, name))).toEqual({ status: 0, output: '' })
  })

  it('passes its own tests', { timeout: 120_000 }, () => {
    const report = join(folder, 'report.json')
    run('vitest', ['run', '--root', folder, '--reporter=json', `--outputFile=${report}`])
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      testResults: {
        message: string
        assertionResults: { status: string; failureMessages: string[] }[]
      }[]
    }
    expect(testResults).toHaveLength(all.length)
    for (const { message, assertionResults } of testResults) {
      expect(message).toBe('')
      expect(assertionResults.flatMap(({ failureMessages }) => failureMessages)).toEqual([])
      expect(assertionResults.some(({ status }) => status === 'passed')).toBe(true)
    }
  })

  it('has no findings of lint and format', () => {
    for (const name of all)
      expect(run('oxlint', ['--deny-warnings', '-c', '.oxlintrc.json'], join(folder, name))).toMatchObject({
        status: 0,
        output: expect.stringMatching(/Found 0 warnings and 0 errors[\s\S]* on (?!0|1 )\d+ files/),
      })
    expect(run('prettier', ['--check', '--log-level', 'warn', ...all, '!**/infrastructure'])).toEqual({
      status: 0,
      output: '',
    })
  })

  it('holds only what the answers ask for', () => {
    expect(JSON.parse(read('minimal/package.json'))).toMatchObject({ name: 'shop' })
    expect(read('minimal/package.json')).not.toMatch(/storage-dynamodb|auth/)
    expect(read('minimal/freeda.config.ts')).not.toMatch(/dynamodb|mode|apiKeys/)
    expect(read('api-auth/freeda.config.ts')).toContain('apiKeys()')
    expect(read('api/package.json') + read('api/freeda.config.ts') + read('api/.env.example')).not.toMatch(
      /redis/i,
    )
    expect(read('api-cache/freeda.config.ts')).toContain("redis({ url: env('REDIS_URL')")
    const cacheOf = (stage: string) =>
      (JSON.parse(read(`api-cache/infrastructure/parameters/${stage}.json`)) as { Cache: string }).Cache
    expect(['dev', 'low-cost', 'staging', 'production'].map(cacheOf)).toEqual([
      'off',
      'off',
      'valkey',
      'valkey',
    ])
    expect(read('api/.env.example')).toContain('AWS_REGION=eu-west-3')
  })

  it('brings the infrastructure as its one source has it', () => {
    const files = infrastructureFiles(root)
    expect(files.map(({ to }) => to)).toEqual(
      expect.arrayContaining(['deploy.sh', 'Dockerfile', '.dockerignore']),
    )
    for (const { from, template, to } of files) {
      const copy = join(templates, template, to)
      expect(readFileSync(copy, 'utf8'), to).toBe(readFileSync(from, 'utf8'))
      expect(statSync(copy).mode, to).toBe(statSync(from).mode)
    }
    expect(JSON.parse(read('api/infrastructure/parameters/staging.json'))).toMatchObject({
      AppName: 'shop',
      Region: 'eu-west-3',
    })
    expect(statSync(join(folder, 'api/deploy.sh')).mode & 0o111).toBe(0o111)
    expect(read('minimal/Dockerfile')).toMatch(
      /COPY --from=build \/app\/dist .*[\s\S]*VOLUME \/data\n[\s\S]*USER/,
    )
    expect(existsSync(join(folder, 'minimal/deploy.sh'))).toBe(false)
  })

  it('has no marks and no placeholders left', () => {
    const left = [
      ...Object.values(projects).map((given) => renderProject(templates, given, '0.1.0')),
      ...(['plugin', 'driver'] as const).map((kind) => renderPackage(templates, kind, 'freeda-x')),
    ]
      .flatMap((files) => [...files])
      .filter(([path]) => path !== 'infrastructure/README.md')
      .filter(([, { text }]) => /#if|#end|my-app|my-package|my-thing|myThing|eu-central-1/.test(text))
    expect(left.map(([path]) => path)).toEqual([])
  })
})
