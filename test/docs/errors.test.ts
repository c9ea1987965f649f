import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { errorCodes, FreedaError } from '../../packages/runtime/src/errors.ts'
import { root } from './code-blocks.ts'

const rows = readFileSync(`${root}/docs/errors.md`, 'utf8').matchAll(
  /^\| `(FREEDA_\w+)`\s*\|(?:\s*(\d{3}|)\s*\|)?/gm,
)
const documented = new Map([...rows].map((match) => [match[1], match[2]]))

it('documents every error code, and no other', () => {
  expect([...documented.keys()].toSorted()).toEqual([...errorCodes].toSorted())
})

it('documents the status that a client gets', () => {
  const wrong = errorCodes.filter((code) => {
    const status = documented.get(code)
    if (status === undefined || status === '') return false
    const error = new FreedaError(code, {
      errors: [],
      allow: [],
      problems: [],
      failures: [],
      missing: [],
      known: [],
    })
    return String(error.status) !== status
  })
  expect(wrong).toEqual([])
})
