import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mergeFile } from '../src/merge.ts'
import { planUpgrade } from '../src/plan-upgrade.ts'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
let folder: string
let project: string

const read = (path: string) => readFileSync(join(project, path), 'utf8')
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), text)
}
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
    cwd: project,
    encoding: 'utf8',
  })

/** A create-freeda of another version: the built one, with other templates. */
function release(version: string, change: (templates: string) => void): string {
  const home = join(folder, `create-freeda-${version}`)
  cpSync(dist, join(home, 'dist'), { recursive: true })
  writeFileSync(
    join(home, 'package.json'),
    JSON.stringify({ name: 'create-freeda', version, type: 'module' }),
  )
  change(join(home, 'dist/templates'))
  return join(home, 'dist/create-freeda.js')
}

function run(program: string, cwd: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

const edit = (file: string, change: (text: string) => string) =>
  writeFileSync(file, change(readFileSync(file, 'utf8')))

const flags = ['--no-git', '--no-install', '--storage', 'json']

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freeda upgrade '))
  project = join(folder, 'shop')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('create-freeda upgrade', () => {
  it('brings what a later template has, and keeps what was changed', () => {
    const old = release('0.0.9', (templates) => {
      edit(join(templates, 'base/_package.json'), (text) => text.replace('"vitest": "^4', '"vitest": "^3'))
      edit(join(templates, 'base/AGENTS.md'), (text) => text.replace(/- Secrets .*\n/, ''))
      writeFileSync(join(templates, 'base/.nvmrc'), '22\n')
      rmSync(join(templates, 'base/_editorconfig'))
    })
    const current = release('0.1.0', () => undefined)
    expect(run(old, folder, 'shop', ...flags)).toMatchObject({ status: 0 })
    expect(run(old, folder, 'before/shop', ...flags)).toMatchObject({ status: 0 })
    edit(join(project, 'package.json'), (text) => text.replace('"zod"', '"ms": "^2.1.0",\n    "zod"'))
    edit(join(project, 'AGENTS.md'), (text) => text.replace('# Working on shop', '# Our shop'))
    const base = ['--base', join(folder, 'before/shop')]

    expect(run(current, project, 'upgrade', ...base)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is in no git repository'),
    })
    git('init', '--quiet')
    expect(run(current, project, 'upgrade', ...base)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Commit them first'),
    })
    git('add', '--all')
    git('commit', '--quiet', '-m', 'x')

    const shown = run(current, project, 'upgrade', '--dry-run', ...base)
    expect(shown).toMatchObject({ status: 0, stdout: expect.stringContaining('+- Secrets come by') })
    expect(git('status', '--porcelain')).toBe('')

    expect(run(current, project, 'upgrade', ...base)).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining('1 added, 2 changed, 1 removed, 0 left as they are.'),
    })
    expect(JSON.parse(read('package.json'))).toMatchObject({
      dependencies: { ms: '^2.1.0' },
      devDependencies: { vitest: expect.stringMatching(/^\^4/) },
    })
    expect(read('AGENTS.md')).toMatch(/# Our shop[\s\S]*- Secrets come by/)
    expect(read('.editorconfig')).toContain('root = true')
    expect(JSON.parse(read('.freeda/template.json'))).toMatchObject({
      version: '0.1.0',
      answers: { name: 'shop' },
    })
    git('add', '--all')
    git('commit', '--quiet', '-m', 'y')

    // What the old template made is now what this one makes.
    expect(run(current, folder, 'again/shop', ...flags)).toMatchObject({ status: 0 })
    expect(run(current, project, 'upgrade', '--base', join(folder, 'again/shop'))).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('brings nothing new'),
    })
  })

  it('adds scripts that can be run, and says how to take everything back', () => {
    const old = release('0.0.9', (templates) => rmSync(join(templates, 'infrastructure/deploy.sh')))
    const current = release('0.1.0', () => undefined)
    const forDynamo = ['--no-git', '--no-install', '--storage', 'dynamodb']
    run(old, folder, 'shop', ...forDynamo)
    run(old, folder, 'before/shop', ...forDynamo)
    git('init', '--quiet')
    git('add', '--all')
    git('commit', '--quiet', '-m', 'x')
    const { status, stdout } = run(current, project, 'upgrade', '--base', join(folder, 'before/shop'))
    expect(status).toBe(0)
    expect(stdout).toMatch(
      /`git restore \.` takes it back, once you have removed what was added: .*deploy\.sh\./,
    )
    expect(statSync(join(project, 'deploy.sh')).mode & 0o111).toBe(0o111)
    git('add', '--all')
    expect(git('ls-files', '--stage', 'deploy.sh')).toMatch(/^100755/)
  })

  it('puts everything back when a file cannot be written', () => {
    const old = release('0.0.9', (templates) => {
      edit(join(templates, 'base/AGENTS.md'), (text) => text.replace(/- Secrets .*\n/, ''))
      writeFileSync(join(templates, 'base/.nvmrc'), '22\n')
    })
    const current = release('0.1.0', (templates) => {
      for (const path of ['more/deep/file.md', 'zoo/file.md']) {
        mkdirSync(dirname(join(templates, 'base', path)), { recursive: true })
        writeFileSync(join(templates, 'base', path), 'new\n')
      }
    })
    run(old, folder, 'shop', ...flags)
    run(old, folder, 'before/shop', ...flags)
    write('zoo', 'a file where the template has a folder')
    git('init', '--quiet')
    git('add', '--all')
    git('commit', '--quiet', '-m', 'x')
    expect(run(current, project, 'upgrade', '--base', join(folder, 'before/shop'))).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/zoo[^]*Nothing was changed\.\n$/),
    })
    expect(git('status', '--porcelain')).toBe('')

    rmSync(join(project, 'zoo'))
    mkdirSync(join(project, 'zoo/file.md'), { recursive: true })
    expect(
      run(current, project, 'upgrade', '--allow-dirty', '--base', join(folder, 'before/shop')),
    ).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^\S.*zoo.file\.md cannot be read.*\nNothing was changed\.\n$/),
    })
  })

  it('marks conflicts, and exits with 1', () => {
    const old = release('0.0.9', (templates) =>
      edit(join(templates, 'base/vitest.config.ts'), (text) => text.replace('include:', 'exclude:')),
    )
    const current = release('0.1.0', () => undefined)
    run(old, folder, 'shop', ...flags)
    run(old, folder, 'before/shop', ...flags)
    write('vitest.config.ts', read('vitest.config.ts').replace('exclude:', 'watch: false, exclude:'))
    expect(
      run(current, project, 'upgrade', '--allow-dirty', '--base', join(folder, 'before/shop')),
    ).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('Look at the conflicts in vitest.config.ts'),
    })
    expect(read('vitest.config.ts')).toMatch(
      /<<<<<<< yours\n.*watch: false.*\n=======\n.*include:.*\n>>>>>>> template/,
    )
  })
})

describe('what an upgrade does with a file', () => {
  const plan = (base?: string, next?: string, mine?: string) => {
    const files = (text?: string) => new Map(text === undefined ? [] : [['f', text]])
    const rendered = new Map([...files(next)].map(([path, text]) => [path, { text, executable: false }]))
    return planUpgrade(files(base), rendered, files(mine))
  }

  it.each([
    ['nothing, when the template did not change it', ['a', 'a', 'mine'], undefined],
    ['nothing, when it has that content already', ['a', 'b', 'b'], undefined],
    ['changes it, when nobody touched it', ['a', 'b', 'a'], { kind: 'change', text: 'b' }],
    ['adds a new one', [undefined, 'b', undefined], { kind: 'add', text: 'b' }],
    ['removes one that the template dropped', ['a', undefined, 'a'], { kind: 'remove' }],
    ['keeps one that the template dropped and the user changed', ['a', undefined, 'mine'], { kind: 'keep' }],
    ['keeps away one that the user removed', ['a', 'b', undefined], { kind: 'keep' }],
    [
      'marks a new one that is there with other content',
      [undefined, 'b', 'mine'],
      { kind: 'change', conflicts: ['line 1'] },
    ],
  ] as const)('%s', (_, [base, next, mine], expected) => {
    const [upgrade] = plan(base, next, mine)
    if (expected === undefined) expect(upgrade).toBeUndefined()
    else expect(upgrade).toMatchObject(expected)
  })

  it.each([
    ['nothing, when only they differ', ['a\nb\n', 'a\nb\n', 'a\r\nb\r\n'], undefined],
    ['nothing, when the rest is there already', ['a\nb\n', 'a\nc\n', 'a\r\nc\r\n'], undefined],
    ['changes the file', ['a\nb\n', 'a\nc\n', 'a\r\nb\r\n'], { kind: 'change', text: 'a\r\nc\r\n' }],
    ['removes the file', ['a\nb\n', undefined, 'a\r\nb\r\n'], { kind: 'remove' }],
    [
      'merges what both changed',
      ['a\nb\nc\nd\n', 'a\nb\nc\nD\n', 'A\r\nb\r\nc\r\nd\r\n'],
      { kind: 'change', text: 'A\r\nb\r\nc\r\nD\r\n', conflicts: [] },
    ],
    ['takes a base with them', ['a\r\nb\r\n', 'a\nc\n', 'a\nb\n'], { kind: 'change', text: 'a\nc\n' }],
  ] as const)('with the line ends of Windows: %s', (_, [base, next, mine], expected) => {
    const [upgrade] = plan(base, next, mine)
    if (expected === undefined) expect(upgrade).toBeUndefined()
    else expect(upgrade).toMatchObject(expected)
  })

  it('merges package.json by keys: the user wins, and is told', () => {
    const json = (dependencies: Record<string, string>) => JSON.stringify({ dependencies })
    const { text, conflicts } = mergeFile(
      'package.json',
      json({ a: '9', c: '1', own: '1' }),
      json({ a: '1', b: '1', c: '1' }),
      json({ a: '2', b: '1', c: '2', new: '1' }),
    )
    expect(JSON.parse(text)).toEqual({ dependencies: { a: '9', c: '2', own: '1', new: '1' } })
    expect(conflicts).toEqual(['dependencies.a: yours is "9", the template has "2"'])
  })
})
