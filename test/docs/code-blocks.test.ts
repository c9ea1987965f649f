import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createVitest } from 'vitest/node'
import { loadConfig } from '../../packages/runtime/src/config/load-config.ts'
import { planApp } from '../../packages/runtime/src/plugins/plan-app.ts'
import { codeBlocks, root, type CodeBlock } from './code-blocks.ts'

/** Inside the workspace, so that packages resolve as they do for a user; ignored by git. */
const folder = join(root, 'test/docs/.blocks')

/** Blocks of one document that have titles stand in one folder, so that they can import each other. */
const pathOf = (block: CodeBlock) =>
  join(folder, block.document.replaceAll(/\W+/g, '-'), block.title ?? `line-${block.line}.${block.language}`)

/** A value that any variable of a document may have: a number for ports and the like, long for a token. */
const valueOf = (variable: string) => {
  if (variable === 'FREEDA_SECRETS' || variable === 'LOG_LEVEL') return undefined
  if (variable.endsWith('_URL')) return 'redis://127.0.0.1:6379'
  return variable.endsWith('_TOKEN') ? '1234'.repeat(8) : '1234'
}

const inLanguage = (...languages: string[]) =>
  codeBlocks.filter((block) => languages.includes(block.language))

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  for (const block of inLanguage('ts', 'json')) {
    mkdirSync(dirname(pathOf(block)), { recursive: true })
    writeFileSync(pathOf(block), block.code)
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../../tsconfig.base.json',
      // Nest's decorators are those from before the standard.
      compilerOptions: { noEmit: true, noUnusedLocals: false, experimentalDecorators: true },
      files: inLanguage('ts').map(pathOf),
    }),
  )
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the code blocks of the documents', () => {
  it('are in a language that is checked, or plain text', () => {
    const unknown = codeBlocks.filter(
      (block) => !['ts', 'json', 'sh', 'text', 'mermaid'].includes(block.language),
    )
    expect(unknown.map((block) => `${block.document}:${block.line} ${block.language}`)).toEqual([])
  })

  it('have correct types against the built packages', () => {
    const tsc = spawnSync('tsc', ['-p', folder, '--pretty', 'false'], { encoding: 'utf8' })
    expect(tsc.stdout).toBe('')
    expect(tsc.status).toBe(0)
  })

  it('that are tests pass', async () => {
    const tests = inLanguage('ts').filter((block) => block.title?.endsWith('.test.ts'))
    expect(tests.length).toBeGreaterThan(0)
    const vitest = await createVitest('test', {
      root: folder,
      config: false,
      watch: false,
      reporters: [{}],
      include: ['**/*.test.ts'],
      exclude: [],
      // Against what hangs. A busy machine takes its time.
      testTimeout: 60_000,
    })
    try {
      const { testModules, unhandledErrors } = await vitest.start()
      expect(unhandledErrors).toEqual([])
      expect(testModules.flatMap((module) => module.errors())).toEqual([])
      expect(testModules).toHaveLength(tests.length)
      for (const module of testModules) {
        const run = [...module.children.allTests()]
        expect(
          run.flatMap(
            (test) => test.result().errors?.map(({ message }) => `${test.fullName}: ${message}`) ?? [],
          ),
        ).toEqual([])
        expect(run.map((test) => test.result().state)).toContain('passed')
      }
    } finally {
      await vitest.close()
    }
  }, 120_000)

  it.each(inLanguage('ts', 'json').filter((block) => block.title?.startsWith('freeda.config.')))(
    'that are configs can be planned: $document:$line',
    async (block) => {
      const loaded = await loadConfig({ file: pathOf(block), cwd: root, mode: 'development' })
      const environment = new Proxy<Record<string, string>>(
        {},
        { get: (_, name) => valueOf(String(name)), has: () => true },
      )
      expect((await planApp(loaded, { mode: 'development', environment })).file).toBe(pathOf(block))
    },
  )

  it.each(inLanguage('json'))('that are JSON parse: $document:$line', ({ code }) => {
    expect(() => JSON.parse(code) as unknown).not.toThrow()
  })
})
