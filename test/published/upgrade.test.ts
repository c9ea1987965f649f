/** A project of an older release is brought to this one: the old template comes from the registry, as it was published. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../docs/code-blocks.ts'
import { newcomersEnvironment, runCommand } from './newcomer.ts'
import { registries } from './provided-registries.ts'

const home = mkdtempSync(join(tmpdir(), 'freeda upgrade '))
const folder = join(home, 'shop')
const env = newcomersEnvironment({ registry: registries.loopback, home })
afterAll(() => rmSync(home, { recursive: true, force: true }))

async function succeed(command: readonly string[], cwd = folder): Promise<string> {
  const { code, output } = await runCommand(command, cwd, env)
  expect(code, `${command.join(' ')}\n${output}`).toBe(0)
  return output
}

const edit = (file: string, change: (text: string) => string) => {
  const text = readFileSync(file, 'utf8')
  const changed = change(text)
  expect(changed).not.toBe(text)
  writeFileSync(file, changed)
}

const current = (
  JSON.parse(readFileSync(join(root, 'packages/create-freeda/package.json'), 'utf8')) as { version: string }
).version

/** What stands in the README since a later release, and did not in the older one. */
const addition = /\n## Keep it up to date\n[\s\S]*$/

beforeAll(async () => {
  const old = join(home, 'older create-freeda')
  cpSync(join(root, 'packages/create-freeda'), old, {
    recursive: true,
    filter: (path) => !path.includes('node_modules') && !path.endsWith('create-freeda/test'),
  })
  edit(join(old, 'package.json'), (text) =>
    JSON.stringify({ ...(JSON.parse(text) as object), version: '0.0.1', devDependencies: {}, scripts: {} }),
  )
  edit(join(old, 'dist/templates/base/README.md'), (text) => text.replace(addition, '\n'))
  const token = `--${registries.loopback.replace('http:', '')}:_authToken=loopback`
  await succeed(['npm', 'publish', '--tag=old', '--access=public', '--provenance=false', token], old)
  await succeed(['npm', 'exec', '--yes', '--', 'create-freeda@0.0.1', 'shop', '--yes', '--no-install'], home)
})

describe('npm create freeda@latest -- upgrade', () => {
  const read = (path: string) => readFileSync(join(folder, path), 'utf8')

  it('shows what a later template brings, and changes nothing with --dry-run', async () => {
    expect(read('README.md')).not.toMatch(addition)
    const shown = await succeed(['npm', 'create', 'freeda@latest', '--', 'upgrade', '--dry-run'])
    expect(shown).toContain('+## Keep it up to date')
    expect(shown).toContain('Nothing was changed')
    expect(await succeed(['git', 'status', '--porcelain'])).toBe('')
  })

  it('brings it in, and keeps what was changed meanwhile', async () => {
    edit(join(folder, 'README.md'), (text) => `Our shop.\n\n${text}`)
    await succeed(['git', 'commit', '--all', '--message', 'ours'])
    await succeed(['npm', 'create', 'freeda@latest', '--', 'upgrade'])
    expect(read('README.md')).toMatch(/^Our shop\.\n/)
    expect(read('README.md')).toMatch(addition)
    expect(JSON.parse(read('.freeda/template.json'))).toMatchObject({ version: current })
    const changed = await succeed(['git', 'status', '--porcelain'])
    expect(changed.trim().split('\n').toSorted()).toEqual(
      ['M .freeda/template.json', ' M README.md'].toSorted(),
    )
  })

  it('has nothing more to bring then', async () => {
    await succeed(['git', 'commit', '--all', '--message', 'upgraded'])
    await succeed(['npm', 'create', 'freeda@latest', '--', 'upgrade'])
    expect(await succeed(['git', 'status', '--porcelain'])).toBe('')
  })
})
