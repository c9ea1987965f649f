/** The built program, as `npm create freeda` runs it. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'

const program = fileURLToPath(new URL('../dist/create-freeda.js', import.meta.url))
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'create freeda é '))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Neither packages nor a repository, unless asked for. */
function create(args: readonly string[], env: Readonly<Record<string, string>> = {}, program_ = program) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [program_, '--no-install', '--no-git', ...args],
    {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, ...env },
      encoding: 'utf8',
      timeout: 30_000,
    },
  )
  return { status, stdout, stderr }
}

const read = (path: string) => readFileSync(join(folder, path), 'utf8')

describe('npm create freeda', () => {
  it('makes a project without a terminal and without a question, and says how to go on', () => {
    const { status, stdout, stderr } = create(['my-api'], {
      npm_config_user_agent: 'pnpm/9.1.0 npm/? node/v24',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('✔ my-api: ')
    expect(stdout).toContain('Next:\n  cd my-api\n  pnpm install\n  pnpm dev\n')
    expect(read('my-api/package.json')).toContain('"name": "my-api"')
    expect(JSON.parse(read('my-api/.freeda/template.json'))).toEqual({
      version: expect.stringMatching(/^\d/),
      answers: {
        name: 'my-api',
        template: 'api',
        storage: 'dynamodb',
        region: 'us-east-1',
        auth: false,
        cache: false,
        packageManager: 'pnpm',
      },
    })
    expect(readdirSync(folder)).toEqual(['my-api'])
  })

  it('takes every answer as a flag', () => {
    const flags = [
      '-t',
      'realtime',
      '--storage',
      'json',
      '--region',
      'eu-west-3',
      '--auth',
      '--cache',
      '--package-manager',
      'yarn',
    ]
    expect(create(['apps/board', ...flags])).toMatchObject({ status: 0 })
    expect(JSON.parse(read('apps/board/.freeda/template.json'))).toMatchObject({
      answers: {
        name: 'board',
        template: 'realtime',
        storage: 'json',
        region: 'eu-west-3',
        auth: true,
        cache: true,
        packageManager: 'yarn',
      },
    })
    expect(existsSync(join(folder, 'apps/board/scripts/issue-key.ts'))).toBe(true)
    expect(existsSync(join(folder, 'apps/board/deploy.sh'))).toBe(false)
  })

  it('begins a repository with a first commit', () => {
    const identity = {
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b.c',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b.c',
    }
    expect(create(['shop', '--git'], identity)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('✔ git repository with a first commit'),
    })
    const { stdout } = spawnSync('git', ['status', '--porcelain'], {
      cwd: join(folder, 'shop'),
      encoding: 'utf8',
    })
    expect(stdout).toBe('')
  })

  it('fails when a repository was asked for and git is not there; the files stay', () => {
    expect(create(['shop', '--git'], { PATH: folder })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('git is not installed'),
    })
    expect(existsSync(join(folder, 'shop/package.json'))).toBe(true)
  })

  it('says what stands when packages cannot be installed', () => {
    const result = create(['shop', '--install'], {
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_fetch_retries: '0',
    })
    expect(result).toMatchObject({ status: 1, stderr: expect.stringContaining('The files are all there') })
    expect(result.stdout).toContain('  npm install\n')
    expect(existsSync(join(folder, 'shop/package.json'))).toBe(true)
  })

  it.each([
    [['My App'], 2, 'Try "my-app".'],
    [['Größe'], 2, 'Try "grosse".'],
    [['http'], 2, 'npm refuses'],
    [['a'], 2, '3 to 24 lower-case letters'],
    [['shop', 'extra'], 2, 'one argument too many'],
    [['shop', '--template', 'big'], 2, 'choose one of: minimal, api, realtime'],
    [['shop', '--region', 'mars'], 2, 'is not a region'],
    [['shop', '--colour'], 2, "Unknown option '--colour'"],
    [['plugin', 'My Plugin'], 2, 'cannot name a package'],
    [['upgrade'], 1, 'Run this in a project that create-freeda made'],
  ])('refuses %j, and makes nothing', (args, status, message) => {
    expect(create(args)).toMatchObject({ status, stderr: expect.stringContaining(message) })
    expect(readdirSync(folder)).toEqual([])
  })

  it('refuses a folder that holds something, unless it may keep what is there', () => {
    mkdirSync(join(folder, 'shop'))
    writeFileSync(join(folder, 'shop/README.md'), 'mine')
    expect(create(['shop'])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/is not empty: it holds README.md[\s\S]*--keep-existing/),
    })
    expect(readdirSync(join(folder, 'shop'))).toEqual(['README.md'])
    expect(create(['shop', '--keep-existing'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('stay as they are: README.md'),
    })
    expect(read('shop/README.md')).toBe('mine')
    expect(readdirSync(join(folder, 'shop')).filter((name) => name.startsWith('.create'))).toEqual([])
  })

  it('takes the region of the environment, which must be one unless it is empty', () => {
    expect(create(['shop'], { AWS_REGION: 'bogus!' })).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^AWS_REGION: "bogus!" is not a region of AWS\..*--region\.$/m),
    })
    expect(readdirSync(folder)).toEqual([])
    expect(create(['shop', '--region', 'eu-west-1'], { AWS_REGION: 'bogus!' }).status).toBe(0)
    expect(create(['desk'], { AWS_REGION: '' }).status).toBe(0)
    expect(read('desk/.freeda/template.json')).toContain('"region": "us-east-1"')
  })

  it('makes nothing when something of another kind is in the way of a file or a folder', () => {
    mkdirSync(join(folder, 'shop/package.json'), { recursive: true })
    writeFileSync(join(folder, 'shop/test'), 'mine')
    const before = readdirSync(join(folder, 'shop'), { recursive: true })
    expect(create(['shop', '--keep-existing'])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /^Nothing was made: test is a file, and must be a folder; package\.json is a folder, and must be a file\./,
      ),
    })
    expect(readdirSync(join(folder, 'shop'), { recursive: true })).toEqual(before)
    expect(read('shop/test')).toBe('mine')
  })

  it('asks for a name, and makes the folders on the way to it', async (context) => {
    // It gives the program a terminal.
    if (spawnSync('script', ['--version']).status !== 0) context.skip('no program `script` on this machine')
    const flags = '--template minimal --storage json --no-auth --no-cache --no-git --no-install'
    const child = spawn('script', ['-qec', `"${process.execPath}" "${program}" ${flags}`, '/dev/null'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, TERM: 'xterm', TMPDIR: folder },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)))
    const exited = once(child, 'exit')
    await vi.waitFor(() => expect(output).toContain('Name of the project?'), 20_000)
    child.stdin.write('apps/my-api\r')
    expect(await exited).toEqual([0, null])
    expect(output).toContain('✔ apps/my-api')
    expect(read('apps/my-api/package.json')).toContain('"name": "my-api"')
    expect(readdirSync(folder)).toEqual(['apps'])
  })

  it('makes a project in the working directory, also in one with a fresh repository', () => {
    mkdirSync(join(folder, 'shop/.git'), { recursive: true })
    const { status, stdout } = spawnSync(process.execPath, [program, '.', '--no-install', '--no-git'], {
      cwd: join(folder, 'shop'),
      encoding: 'utf8',
    })
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.not.stringContaining('cd ') })
    expect(read('shop/package.json')).toContain('"name": "shop"')
  })

  it('refuses a file in the way, and a place where nothing can be written', () => {
    writeFileSync(join(folder, 'shop'), '')
    expect(create(['shop'])).toMatchObject({ status: 1, stderr: expect.stringContaining('is a file') })
    expect(create(['shop/app'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Nothing can be written'),
    })
  })

  it('refuses a place that is read-only', () => {
    expect(create(['/proc/shop'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Nothing can be written to /proc'),
    })
  })

  it('leaves only whole projects behind when it is interrupted', async () => {
    const child = spawn(process.execPath, [program, 'shop', '--no-install', '--no-git'], {
      cwd: folder,
      stdio: 'ignore',
    })
    // As soon as it writes, or when it is done already.
    await expect.poll(() => readdirSync(folder), { interval: 1 }).not.toEqual([])
    child.kill('SIGINT')
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    expect([0, 130, null]).toContain(code)
    if (code === null) expect(signal).toBe('SIGINT')
    if (existsSync(join(folder, 'shop'))) expect(read('shop/vitest.config.ts')).toContain('test')
    else if (code === 130) expect(readdirSync(folder)).toEqual([])
  })

  it('makes packages to be published', () => {
    expect(create(['plugin', 'freeda-plugin-mail'])).toMatchObject({ status: 0 })
    expect(read('freeda-plugin-mail/src/plugin.ts')).toContain("name: 'mail'")
    expect(create(['driver', 'freeda-tape'])).toMatchObject({ status: 0 })
    expect(read('freeda-tape/src/driver.ts')).toContain('openTape')
  })

  it('says what it takes', () => {
    expect(create(['--help'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Usage: npm create freeda'),
    })
    expect(create(['--version'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })
})
