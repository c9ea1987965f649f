import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { isPluginFactory } from '../../src/plugin.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const load = (cwd: string, file?: string) => loadConfig({ cwd, file, mode: 'test' })

describe('finding a config', () => {
  it.each([
    ['freeda.config.ts', 'const name: string = "x"; export default { name }'],
    ['freeda.config.mts', 'export default { name: "x" as string }'],
    ['freeda.config.js', 'export default { name: "x" }'],
    ['freeda.config.mjs', 'export default { name: "x" }'],
    ['freeda.config.json', '{ "name": "x" }'],
    ['package.json', '{ "type": "module", "freeda": { "name": "x" } }'],
  ])('reads %s', async (name, content) => {
    const folder = await temporaryFolder({ 'package.json': '{ "type": "module" }', [name]: content })
    const loaded = await load(folder)
    expect(loaded.config).toEqual({ name: 'x' })
    expect(loaded.file).toBe(join(folder, name))
  })

  it('looks upwards to the folder with the package.json, and no further', async () => {
    const folder = await temporaryFolder({
      'freeda.config.json': '{ "name": "outer" }',
      'inner/package.json': '{}',
      'inner/deep/deeper/x': '',
    })
    await expect(load(join(folder, 'inner/deep/deeper'))).rejects.toMatchObject({
      code: 'FREEDA_CONFIG_NOT_FOUND',
    })
    expect((await load(folder)).config).toEqual({ name: 'outer' })
  })

  it('calls a config function with env, secret and the mode', async () => {
    const folder = await temporaryFolder({
      'freeda.config.ts':
        'export default async ({ env, secret, mode }: any) => ({ name: mode, kinds: [typeof env, typeof secret] })',
    })
    expect((await load(folder)).config).toEqual({ name: 'test', kinds: ['function', 'function'] })
  })

  it('imports local TypeScript and its types, in a folder with spaces that is read-only', async () => {
    const folder = await temporaryFolder({
      'name.ts': 'export interface Name { name: string }\nexport const name = "local" as const',
      'freeda.config.ts':
        'import { name, type Name } from "./name.ts"\nexport default { name } satisfies Name',
    })
    await chmod(folder, 0o555)
    expect((await load(folder)).config).toEqual({ name: 'local' })
    await chmod(folder, 0o755)
  })

  it('takes name and version from the package.json beside it', async () => {
    const folder = await temporaryFolder({
      'package.json': '{ "name": "@acme/desk", "version": "1.2.3" }',
      'freeda.config.json': '{}',
    })
    expect((await load(folder)).package).toEqual({ name: 'desk', version: '1.2.3' })
  })
})

describe('a config that cannot be loaded', () => {
  it('is not there', async () => {
    const folder = await temporaryFolder({ 'package.json': '{}' })
    await expect(load(folder)).rejects.toThrow(/No Freeda config found in .* Create freeda\.config\.ts/)
    await expect(load(folder, 'other.ts')).rejects.toThrow('There is no such file.')
  })

  it.each([
    ['freeda.config.ts', 'export default {,}', /freeda\.config\.ts:1/],
    ['freeda.config.js', 'export default {,}', /Unexpected token/],
    ['freeda.config.json', '{ "name": ', /JSON/],
    ['freeda.config.ts', 'throw new Error("boom")', /boom/],
    ['freeda.config.ts', 'import { a } from "./nowhere.ts"; export default { a }', /nowhere/],
    ['freeda.config.ts', 'export default () => { throw new Error("boom") }', /boom/],
    ['freeda.config.ts', 'export default async () => { throw "text" }', /text/],
  ])('%s: %s', async (name, content, message) => {
    const folder = await temporaryFolder({ 'package.json': '{ "type": "module" }', [name]: content })
    await expect(load(folder)).rejects.toMatchObject({
      code: 'FREEDA_CONFIG_LOAD',
      message: expect.stringMatching(message),
    })
  })

  it('runs a config that throws once only', async () => {
    const folder = await temporaryFolder({
      'freeda.config.ts': 'globalThis.runs = (globalThis.runs ?? 0) + 1; throw new Error("boom")',
    })
    await expect(load(folder)).rejects.toThrow('boom')
    expect((globalThis as { runs?: number }).runs).toBe(1)
  })
})

describe('plugins by name', () => {
  it('are resolved from the config file: packages and paths', async () => {
    const plugin = 'export default Object.assign(() => {}, { [Symbol.for("freeda.plugin")]: "factory" })'
    const folder = await temporaryFolder({
      'app/freeda.config.json': '{}',
      'app/plugins/local.ts': plugin,
      'node_modules/installed/package.json': '{ "type": "module", "exports": { "import": "./index.js" } }',
      'node_modules/installed/index.js': plugin,
    })
    await mkdir(join(folder, 'elsewhere'))
    const loaded = await load(folder, 'app/freeda.config.json')
    expect(isPluginFactory(await loaded.importPlugin('./plugins/local.ts'))).toBe(true)
    expect(isPluginFactory(await loaded.importPlugin('installed'))).toBe(true)
    await expect(loaded.importPlugin('not-installed')).rejects.toThrow(/not-installed/)
  })
})
