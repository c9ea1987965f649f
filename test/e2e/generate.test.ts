import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../docs/code-blocks.ts'

const freeda = join(root, 'packages/runtime/bin/freeda.js')
let folder: string

/** Inside the workspace, so that packages resolve; the space in its name is on purpose. */
beforeEach(() => {
  folder = mkdtempSync(join(root, 'test/e2e/.project '))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

const read = (file: string) => readFileSync(join(folder, file), 'utf8')
const files = () =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.\w+$/.test(file))
    .toSorted()

function run(command: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}
const generate = (...args: string[]) => run(process.execPath, [freeda, 'generate', ...args])

const project = {
  'package.json': '{ "name": "shop", "type": "module" }',
  'vitest.config.ts': "export default { test: { include: ['**/*.test.*'] } }",
}

/** Types and tests of the whole project. */
function check() {
  const tsconfig = {
    extends: '../../../tsconfig.base.json',
    compilerOptions: { noEmit: true },
    files: files().filter((file) => file.endsWith('.ts')),
  }
  write({ 'tsconfig.json': JSON.stringify(tsconfig) })
  expect(run('tsc', ['--pretty', 'false'])).toMatchObject({ stdout: '', status: 0 })
  run(process.execPath, [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=json',
    '--outputFile=report.json',
  ])
  const { numPassedTests, testResults } = JSON.parse(read('report.json')) as {
    numPassedTests: number
    testResults: { message: string; assertionResults: { failureMessages: string[] }[] }[]
  }
  expect(testResults.map(({ message }) => message).join('')).toBe('')
  const failures = testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap(({ failureMessages }) => failureMessages),
  )
  expect(failures).toEqual([])
  return numPassedTests
}

describe('freeda generate', () => {
  it('makes an app whose types and tests are right, one piece after the other', () => {
    const config = `import { defineConfig } from '@freeda/runtime'
import { json } from '@freeda/storage-json'

export default defineConfig({
  plugins: [
    json({ directory: './data' }), // here for now
  ],
})
`
    write({ ...project, 'freeda.config.ts': config })
    expect(generate('plugin', 'orders')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('changed  freeda.config.ts'),
    })
    expect(generate('collection', 'order-items')).toMatchObject({ status: 0 })
    expect(generate('route', 'post', '/:id/refund')).toMatchObject({ status: 0 })
    expect(generate('route', 'get', '/stats')).toMatchObject({ status: 0 })
    expect(generate('driver', 'tape')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("import { tape } from './src/tape/driver.ts'"),
    })
    expect(read('freeda.config.ts')).toBe(
      config
        .replace("storage-json'\n", "storage-json'\nimport { orders } from './src/orders/plugin.ts'\n")
        .replace('// here for now\n', '// here for now\n    orders(),\n'),
    )
    expect(read('src/orders/plugin.ts')).toContain(
      "collections: { documents: collection(Order, { name: 'orders' }), orderItems },",
    )
    expect(read('src/orders/plugin.ts')).toMatch(
      /router \}\) \{\n    getStats\(router\)\n    router\.get\([\s\S]*\n    postIdRefund\(router\)\n  \},/,
    )
    expect(check()).toBeGreaterThan(60)
  })

  it('follows the style of the config, puts tests into the folder for them, and serves JSON configs', () => {
    write({
      ...project,
      'tsconfig.json': '{}',
      'tests/.keep': '',
      'freeda.config.json': '{\n  "plugins": ["@freeda/storage-json"]\n}\n',
    })
    expect(generate('plugin', 'orders')).toMatchObject({ status: 0 })
    expect(read('freeda.config.json')).toBe(
      '{\n  "plugins": ["@freeda/storage-json", "./src/orders/plugin.ts"]\n}\n',
    )
    expect(files()).toContain(join('tests', 'orders.test.ts'))
    expect(run(process.execPath, [freeda, 'routes', '--json'])).toMatchObject({ status: 0 })
    rmSync(join(folder, 'freeda.config.json'))
    write({ 'freeda.config.ts': 'export default {\n\tplugins: [],\n};\nconst x = "y";\n' })
    expect(generate('plugin', 'parcels')).toMatchObject({ status: 0 })
    expect(read('src/parcels/plugin.ts')).toContain('import { z } from "zod";\n')
    expect(read('src/parcels/plugin.ts')).toContain('\n\tname: "parcels",\n')
  })

  it('writes JavaScript for a JavaScript project', () => {
    write({ 'package.json': '{ "type": "module" }', 'freeda.config.js': 'export default { plugins: [] }' })
    expect(generate('plugin', 'orders')).toMatchObject({ status: 0 })
    expect(generate('route', 'delete', '/:id')).toMatchObject({ status: 0 })
    expect(generate('driver', 'tape')).toMatchObject({ status: 0 })
    for (const file of files().filter((file) => file.endsWith('.js')))
      expect(run(process.execPath, ['--check', join(folder, file)])).toMatchObject({ status: 0, stderr: '' })
    expect(files().filter((file) => file.endsWith('.ts'))).toEqual([])
  })

  it('changes nothing when a file is in the way, and nothing with --dry-run', () => {
    write({ 'freeda.config.ts': 'export default { plugins: [] }', 'src/orders/plugin.test.ts': '' })
    write({ 'src/orders/orders.test.ts': 'mine' })
    const before = files()
    expect(generate('plugin', 'orders')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('orders.test.ts exists already. Nothing was changed.'),
    })
    expect(generate('plugin', 'parcels', '--dry-run')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('would change  freeda.config.ts'),
    })
    expect(files()).toEqual(before)
    expect(read('freeda.config.ts')).toBe('export default { plugins: [] }')
  })

  it('prints what to add when it does not understand the config, and writes nothing', () => {
    write({ 'freeda.config.ts': 'export default make()\nfunction make() { return { plugins: [] } }' })
    expect(generate('plugin', 'orders')).toEqual({
      status: 1,
      stdout: '',
      stderr: `freeda.config.ts was not edited, as its list of plugins was not found. Nothing was written.

Add these lines to it yourself:
  import { orders } from './src/orders/plugin.ts'
  plugins: [..., orders()]
`,
    })
    expect(files()).toEqual(['freeda.config.ts'])
  })

  it.each([
    [['plugin', 'Order Items'], 'Did you mean "order-items"?'],
    [['plugin', 'éé'], 'cannot be a name here'],
    [['plugin', '../x'], 'Did you mean "x"?'],
    [['plugin'], 'NAME is missing'],
    [['service', 'x'], 'Choose one of plugin, collection, route, driver'],
    [['route', 'fetch', '/'], '"fetch" is not a method'],
    [['route', 'get', 'x'], '"x" is not a path here'],
    [['collection', 'items'], 'There is no plugin in this project'],
  ])('refuses %j with code 2', (args, message) => {
    write({ 'freeda.config.ts': "import { a } from './a.ts'\nexport default { plugins: [a] }" })
    write({ 'a.ts': 'export const a = 1' })
    expect(generate(...args)).toMatchObject({ status: 2, stderr: expect.stringContaining(message) })
  })
})
