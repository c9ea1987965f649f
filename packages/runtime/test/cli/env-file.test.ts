import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readEnvFile } from '../../src/cli/dev/env-file.ts'

function envFile(content?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'freeda-env-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  if (content !== undefined) writeFileSync(join(folder, '.env'), content)
  return join(folder, '.env')
}

it('reads comments, quotes, `export`, text over several lines, and equals signs in values', () => {
  const text = `# comment
A=1
export B = two words
C="a # b"
D='x
y'

EMPTY=
URL=postgres://u:p@h/db?a=b # why
`
  expect(readEnvFile(envFile(text))).toEqual({
    type: 'read',
    values: { A: '1', B: 'two words', C: 'a # b', D: 'x\ny', EMPTY: '', URL: 'postgres://u:p@h/db?a=b' },
  })
})

it('adds nothing where there is no file', () => {
  expect(readEnvFile(envFile())).toEqual({ type: 'read', values: {} })
})

it('names every line that is not understood, and never shows what stands there', () => {
  const file = envFile("A=1\ntop secret\nB='open\nC=2\n")
  const read = readEnvFile(file)
  expect(read).toMatchObject({
    type: 'failed',
    report: {
      problems: [{ at: 'line 2' }, { at: 'line 3', message: expect.stringContaining('never closed') }],
    },
  })
  expect(JSON.stringify(read)).not.toContain('top secret')
})

it('says so when it cannot be read', () => {
  const file = envFile()
  mkdirSync(file)
  expect(readEnvFile(file)).toMatchObject({
    type: 'failed',
    report: { message: expect.stringContaining('EISDIR') },
  })
})
