import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { reportOf } from '../../src/cli/report/error-report.ts'
import { frameOf, frameText } from '../../src/cli/report/source-frame.ts'
import { ownStack, syntaxPlace } from '../../src/cli/report/thrown-at.ts'
import { printError, reportText, writeReport } from '../../src/cli/report/write-report.ts'
import { textWidth } from '../../src/cli/text-width.ts'
import { wrapIndented, wrapText } from '../../src/cli/wrap-text.ts'
import { FreedaError } from '../../src/errors.ts'

const plain = {
  width: Number.POSITIVE_INFINITY,
  directory: '/app',
  paint: (_: unknown, text: string) => text,
}
const invalid = new FreedaError('FREEDA_CONFIG_INVALID', {
  file: '/app/freeda.config.ts',
  problems: [
    { code: 'unknown_key', at: 'server.prot', message: 'is not an option.', fix: 'Did you mean "port"?' },
    { code: 'missing', at: 'plugins[1].options.key', message: 'the secret MAIL_KEY is not set.' },
  ],
})

function temporaryFile(name: string, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'freeda report '))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

describe('an error in the terminal', () => {
  it('lists problems with what to do, and words beside each sign', () => {
    expect(reportText(reportOf(invalid), plain))
      .toBe(`Error: 2 problems in freeda.config.ts [FREEDA_CONFIG_INVALID]

  server.prot: is not an option.
    → Did you mean "port"?
  plugins[1].options.key: the secret MAIL_KEY is not set.
`)
  })

  it('fits the terminal, and stays whole in a file', () => {
    const written = (columns: number | undefined) => {
      let text = ''
      printError(invalid, { write: (more) => void (text += more), columns })
      return text.split('\n')
    }
    expect(Math.max(...written(40).map((line) => line.length))).toBeLessThanOrEqual(40)
    expect(written(40).join(' ').replaceAll(/\s+/g, ' ')).toBe(
      written(undefined).join(' ').replaceAll(/\s+/g, ' '),
    )
    expect(written(undefined)).toContain('  plugins[1].options.key: the secret MAIL_KEY is not set.')
  })

  it.each([
    ['a terminal', { isTTY: true }, {}, true],
    ['a file', {}, {}, false],
    ['a terminal with NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, false],
    ['a dumb terminal', { isTTY: true }, { TERM: 'dumb' }, false],
  ])('has the right colours on %s', (_, output, environment, coloured) => {
    const before = { ...process.env }
    delete process.env['NO_COLOR']
    Object.assign(process.env, { TERM: 'xterm' }, environment)
    onTestFinished(() => {
      process.env = before
    })
    let text = ''
    printError(invalid, { ...output, write: (more) => void (text += more) })
    expect(text.includes('\u001b[')).toBe(coloured)
  })

  it('shows where the code of a plugin threw', () => {
    const cause = new Error('no luck')
    const file = temporaryFile('plugin.ts', 'one()\ntwo()\n\tthree(four)\n\n')
    cause.stack = `Error: no luck\n    at setup (file://${file.replaceAll(' ', '%20')}:3:8)\n    at node:internal/x:1:1`
    const error = new FreedaError(
      'FREEDA_PLUGIN_SETUP',
      { plugin: 'p', hook: 'setup', reason: 'no luck' },
      { cause },
    )
    expect(reportText(reportOf(error), { ...plain, directory: join(file, '..') }))
      .toBe(`Error: Plugin "p" failed in setup: no luck [FREEDA_PLUGIN_SETUP]

  plugin.ts:3:8
    1 | one()
    2 | two()
  > 3 |   three(four)
      |         ^

  at setup (plugin.ts:3:8)
`)
  })

  it('does not wrap where the terminal says that it has no columns', () => {
    let written = ''
    const long = 'a word and '.repeat(20)
    writeReport(reportOf(long), { write: (text) => (written += text), isTTY: true, columns: 0 })
    expect(written).toContain(long)
  })

  it('says what anything says that was thrown', () => {
    expect(reportText(reportOf('just text'), plain)).toBe('Error: just text\n')
    expect(reportText(reportOf(undefined), plain)).toBe('Error: undefined\n')
  })
})

describe('the place of an error', () => {
  it('is found in every form that a stack gives, without the frames of packages and Node', () => {
    const error = new Error('x')
    error.stack = [
      'Error: x',
      '    at async Promise.all (index 0)',
      '    at async load (file:///app/my%20app/a.ts:1:2)',
      '    at async file:///app/b.ts?version=1:3:4',
      '    at new Thing (/app/c.ts:5:6)',
      '    at /app/node_modules/koa/index.js:7:8',
      '    at node:internal/modules:9:10',
    ].join('\n')
    expect(ownStack(error)).toEqual([
      { caller: 'load', file: '/app/my app/a.ts', line: 1, column: 2 },
      { caller: undefined, file: '/app/b.ts', line: 3, column: 4 },
      { caller: 'new Thing', file: '/app/c.ts', line: 5, column: 6 },
    ])
  })

  it('is found for a mistake in the syntax', () => {
    const error = new SyntaxError('Unexpected token')
    error.stack = 'file:///app/a.ts:3\nconst = 1\n      ^\n\nSyntaxError: Unexpected token'
    expect(syntaxPlace(error)).toEqual({ file: '/app/a.ts', line: 3, column: 7 })
  })

  it('has its lines cut around the column, and no frame when the file changed', () => {
    const long = `${'a'.repeat(300)}here${'b'.repeat(300)}`
    const [row, caret] = frameText(frameOf(long, { file: 'x', line: 1, column: 301 })!, 60)
    expect(textWidth(row!)).toBeLessThanOrEqual(60)
    expect(row!.slice(caret!.indexOf('^')).startsWith('here')).toBe(true)
    expect(frameOf('one line', { file: 'x', line: 2, column: 1 })).toBeUndefined()
  })

  it('stands under the letter also behind letters that are two columns wide', () => {
    const [row, caret] = frameText(frameOf("'日本' + x", { file: 'x', line: 1, column: 8 })!, 80)
    expect(textWidth(caret!) - 1).toBe(textWidth(row!.slice(0, row!.indexOf('x'))))
  })
})

describe('wrapped text', () => {
  it('breaks between words, counts columns, and leaves paths whole', () => {
    expect(wrapText('日本語 日本語 a', 8)).toEqual(['日本語', '日本語 a'])
    expect(wrapIndented('see /a/very/long/path/that/does/not/fit now', 24, { first: '  → ' })).toBe(
      '  → see\n    /a/very/long/path/that/does/not/fit\n    now',
    )
    expect(textWidth('\u001b[31mred\u001b[0m 👍 e\u0301')).toBe(8)
  })
})
