import { describe, expect, it } from 'vitest'
import { addPlugin } from '../../src/cli/edit/add-plugin.ts'

const notes = { import: { name: 'notes', from: './src/notes/plugin.ts' }, entry: 'notes()' }
const add = (text: string, name = 'freeda.config.ts') => addPlugin(name, text, notes)
const line = "import { notes } from './src/notes/plugin.ts'"

describe('adding a plugin to a config', () => {
  it('touches nothing but the two places', () => {
    const config = `// Why this is so.
import { health } from '@freeda/health' // probes
import { defineConfig } from '@freeda/runtime'

export default defineConfig(({ env, mode }) => ({
  name:   'desk',
  plugins: [
    mode === 'production' ? dynamodb({ table: env('TABLE') }) : json(), // the store
    health(), // last, for now
    // one day: mail()
  ],
}))
`
    expect(add(config)).toEqual({
      text: config
        .replace("'@freeda/runtime'\n", `'@freeda/runtime'\n${line}\n`)
        .replace('// last, for now\n', '// last, for now\n    notes(),\n'),
    })
  })

  it.each([
    [
      'a list on one line',
      'export default { plugins: [json(), health()] }',
      'plugins: [json(), health(), notes()]',
    ],
    ['a comma at its end', 'export default { plugins: [json(), ] }', 'plugins: [json(), notes(), ]'],
    ['an empty list', 'export default { plugins: [] }', 'plugins: [notes()]'],
    ['no list at all', "export default { name: 'x' }", "{ name: 'x', plugins: [notes()] }"],
    ['an empty config', 'export default {}', '{ plugins: [notes()] }'],
    [
      'an empty list with a comment',
      'export default {\n  plugins: [\n    // none yet\n  ],\n}',
      'plugins: [\n    // none yet\n    notes(),\n  ],',
    ],
    [
      'no comma after the last entry',
      'export default {\n  plugins: [\n    json(), // a\n    health() // b, c\n  ]\n}',
      'json(), // a\n    health(), // b, c\n    notes()\n  ]',
    ],
    [
      'types around it',
      'export default { plugins: [json()] as const } satisfies FreedaConfig',
      '[json(), notes()] as',
    ],
    [
      'a constant',
      'const plugins = [json()]\nexport default defineConfig({ plugins })',
      'const plugins = [json(), notes()]',
    ],
    [
      'a function with a body',
      "export default defineConfig(async ({ env }) => {\n  const port = env.port('PORT')\n  return { plugins: [json()] }\n})",
      'return { plugins: [json(), notes()] }',
    ],
    [
      'a named config',
      'const config: FreedaConfig = { plugins: [json()] }\nexport default config',
      '[json(), notes()] }',
    ],
    ['an entry that is spread', 'export default { plugins: [...common] }', '[...common, notes()]'],
  ])('knows %s', (_, config, expected) => {
    const edit = add(config)
    expect(edit).toHaveProperty('text')
    expect((edit as { text: string }).text).toContain(expected)
    expect((edit as { text: string }).text).toContain(line)
  })

  it('keeps quotes, semicolons, tabs and line ends', () => {
    const config =
      'import { json } from "@freeda/storage-json";\r\n\r\nexport default {\r\n\tplugins: [\r\n\t\tjson(),\r\n\t],\r\n};\r\n'
    expect(add(config)).toEqual({
      text: 'import { json } from "@freeda/storage-json";\r\nimport { notes } from "./src/notes/plugin.ts";\r\n\r\nexport default {\r\n\tplugins: [\r\n\t\tjson(),\r\n\t\tnotes(),\r\n\t],\r\n};\r\n',
    })
  })

  it('adds a name to the import that is there', () => {
    const text = "import { a } from './src/notes/plugin.ts'\nexport default { plugins: [a()] }"
    expect(add(text)).toEqual({
      text: "import { a, notes } from './src/notes/plugin.ts'\nexport default { plugins: [a(), notes()] }",
    })
  })

  it.each([
    [
      'a call',
      "import { notes } from './src/notes/plugin.ts'\nexport default { plugins: [notes({ a: 1 })] }",
    ],
    [
      'another name',
      "import { notes as memos } from './src/notes/plugin.ts'\nexport default { plugins: [memos()] }",
    ],
    [
      'a condition',
      "import { notes } from './src/notes/plugin.ts'\nexport default ({ mode }) => ({ plugins: [a(), mode === 'test' ? b() : notes()] })",
    ],
    ['its path', "export default { plugins: [['./src/notes/plugin.ts', {}]] }"],
  ])('changes nothing when the plugin is there by %s', (_, text) => {
    expect(add(text)).toEqual({ text })
  })

  it('adds what is imported and not yet in the list', () => {
    const text = `${line}\nexport default { plugins: [a(notes)] }`
    expect(add(text)).toEqual({ text: `${line}\nexport default { plugins: [a(notes), notes()] }` })
  })

  it('leaves a hashbang and @ts-check first', () => {
    expect(add('#!/usr/bin/env node\n// @ts-check\nexport default { plugins: [] }')).toEqual({
      text: `#!/usr/bin/env node\n// @ts-check\n${line}\n\nexport default { plugins: [notes()] }`,
    })
  })

  it.each([
    ['a list that is computed', 'export default { plugins: list() }', 'list of plugins was not found'],
    [
      'a config that something else makes',
      'export default base({ plugins: [] })',
      'list of plugins was not found',
    ],
    [
      'two configs',
      'export default () => { if (x) return { plugins: [] }\n return { plugins: [] } }',
      'not found',
    ],
    ['a config that may bring plugins along', 'export default { ...base }', 'not found'],
    ['a name that leads nowhere', 'const a = b\nconst b = a\nexport default a', 'not found'],
    ['a name that is taken', 'const notes = 1\nexport default { plugins: [] }', 'the name notes is taken'],
    ['a syntax error', 'export default {', 'could not be read'],
    ['no default export', 'export const config = { plugins: [] }', 'not found'],
  ])('leaves alone %s, and says what to add', (_, config, reason) => {
    expect(add(config)).toEqual({
      reason: expect.stringContaining(reason),
      lines: [line, 'plugins: [..., notes()]'],
    })
  })

  it('adds to JSON by name', () => {
    expect(add('{\n  "plugins": [\n    "@freeda/health"\n  ]\n}\n', 'freeda.config.json')).toEqual({
      text: '{\n  "plugins": [\n    "@freeda/health",\n    "./src/notes/plugin.ts"\n  ]\n}\n',
    })
    expect(add('{ "name": "x", "freeda": { "name": "y" } }', 'package.json')).toEqual({
      text: '{ "name": "x", "freeda": { "name": "y", "plugins": ["./src/notes/plugin.ts"] } }',
    })
    const there = '{ "plugins": ["a", ["./src/notes/plugin.ts", { "b": 1 }]] }'
    expect(add(there, 'freeda.config.json')).toEqual({ text: there })
    expect(add('{ "plugins": [], }', 'freeda.config.json')).toMatchObject({
      reason: 'its syntax could not be read',
    })
  })
})
