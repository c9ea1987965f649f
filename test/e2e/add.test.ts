import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  installCommand,
  packageManagerOf,
  runCommand,
} from '../../packages/runtime/src/cli/add/package-manager.ts'
import { root } from '../docs/code-blocks.ts'

const freeda = join(root, 'packages/runtime/bin/freeda.js')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(root, 'test/e2e/.project '))
  write({
    'package.json': '{ "name": "shop", "type": "module", "packageManager": "npm@11.0.0" }',
    'freeda.config.ts': 'export default { plugins: [] }\n',
  })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

/** A package as it is installed. */
const installed = (name: string, code: string, condition = 'default') =>
  write({
    [`node_modules/${name}/package.json`]: JSON.stringify({
      name,
      version: '1.0.0',
      type: 'module',
      exports: { [condition]: './index.js' },
    }),
    [`node_modules/${name}/index.js`]: `import { definePlugin } from '@freeda/runtime'\n${code}`,
  })

const plugin = (name: string, more = '') => `definePlugin({ name: '${name}', freeda: '^1.0.0', ${more} })`

function add(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [freeda, 'add', ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

const config = () => readFileSync(join(folder, 'freeda.config.ts'), 'utf8')

describe('freeda add', () => {
  it('adds a plugin by its own name', () => {
    expect(add(['@freeda/health', '--no-install'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('added  health'),
    })
    expect(config()).toBe(
      "import { health } from '@freeda/health'\n\nexport default { plugins: [health()] }\n",
    )
  })

  it('changes nothing when the plugin is there already', () => {
    const there = "import { health } from '@freeda/health'\nexport default { plugins: [health({})] }\n"
    write({ 'freeda.config.ts': there })
    expect(add(['@freeda/health', '--no-install'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('health is there already'),
      stderr: '',
    })
    expect(config()).toBe(there)
  })

  it('says that nothing is installed when that is so', () => {
    expect(add(['nosuch-pkg', '--no-install'])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/nosuch-pkg could not be imported[^]*Nothing was installed; the config/),
    })
    write({ 'package.json': '{ "name": "shop", "type": "module", "packageManager": "pnpm@10.0.0" }' })
    expect(add(['@freeda/health'], { PATH: folder })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /^pnpm is not installed here[^]*pnpm failed with code 127, so the config/,
      ),
    })
  })

  it('adds one that has only a default export, also when only `import` finds it, and says which options it wants', () => {
    const options = `options: z.object({ webhook: z.string() })`
    installed(
      'freeda-mail',
      `import { z } from 'zod'\nexport default ${plugin('acme-mail', options)}`,
      'import',
    )
    expect(add(['freeda-mail@^1.0.0', '--no-install'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('It wants options: webhook:'),
    })
    expect(config()).toContain(
      "import acmeMail from 'freeda-mail'\n\nexport default { plugins: [acmeMail()] }",
    )
  })

  it('asks which, when a package has more than one plugin', () => {
    expect(add(['@freeda/auth', '--no-install'])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /Say --plugin with one of: apiKeys, jwt\.[\s\S]*the config was not changed/,
      ),
    })
    expect(add(['@freeda/auth', '--no-install', '--plugin', 'jwt'])).toMatchObject({ status: 0 })
    expect(config()).toContain("import { jwt } from '@freeda/auth'")
  })

  it.each([
    ['exports no Freeda plugin', 'export default 1'],
    ['was written for version ^9.0.0', "export default definePlugin({ name: 'x', freeda: '^9.0.0' })"],
    ['could not be imported: no luck', "throw new Error('no luck')"],
  ])('leaves the config alone when the package %s', (message, code) => {
    installed('freeda-x', code)
    expect(add(['freeda-x', '--no-install'])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        new RegExp(`${message.replace('^', '\\^')}[\\s\\S]*the config was not changed`),
      ),
    })
    expect(config()).toBe('export default { plugins: [] }\n')
  })

  it('leaves the config alone when the package cannot be installed', () => {
    const offline = { npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' }
    expect(add(['freeda-nowhere'], offline)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('$ npm install'),
      stderr: expect.stringContaining('so the config was not changed'),
    })
    expect(config()).toBe('export default { plugins: [] }\n')
    expect(add(['../x'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('not the name of a package'),
    })
  })
})

describe('the package manager of a project', () => {
  it('is what package.json says, else whose lock file is nearest', () => {
    expect(packageManagerOf(folder)).toBe('npm')
    write({
      'package.json': '{}',
      'a/pnpm-lock.yaml': '',
      'b/yarn.lock': '',
      'c/bun.lock': '',
      'd/package.json': '{"packageManager":"pnpm@10.0.0"}',
    })
    expect(['a', 'a/deep/folder', 'b', 'c', 'd'].map((path) => packageManagerOf(join(folder, path)))).toEqual(
      ['pnpm', 'pnpm', 'yarn', 'bun', 'pnpm'],
    )
    expect(runCommand('yarn', 'x@1', ['up'])).toEqual(['npm', 'exec', '--yes', '--', 'x@1', 'up'])
    expect(installCommand('yarn', 'x@1')).toEqual(['yarn', 'add', 'x@1'])
  })
})
