import { describe, expect, it } from 'vitest'
import { fitColumns, writeTable, type Column } from '../../src/cli/table.ts'
import { createTerminal } from '../../src/cli/terminal.ts'

interface Row {
  readonly path: string
  readonly text: string
  readonly note: string
}

const columns: readonly Column<Row>[] = [
  { title: 'path', cell: ({ path }) => path },
  { title: 'text', cell: ({ text }) => text, shrinkTo: 6 },
  { title: 'note', cell: ({ note }) => note, optional: true },
]
const rows: readonly Row[] = [
  { path: '/notes/:id', text: 'a long description', note: 'deprecated' },
  { path: '/', text: 'short', note: '' },
]

function written(width: number | undefined, of: readonly Row[] = rows): string {
  let text = ''
  const out = { write: (chunk: string) => (text += chunk), columns: width }
  writeTable(createTerminal(out, out, {}), columns, of)
  return text
}

describe('a table', () => {
  it('is as wide as its text in a pipe', () => {
    expect(written(undefined)).toBe(
      'PATH        TEXT                NOTE\n/notes/:id  a long description  deprecated\n/           short\n',
    )
  })

  it('shortens text on a narrow terminal, and never a path', () => {
    expect(written(36)).toBe(
      'PATH        TEXT          NOTE\n/notes/:id  a long desc…  deprecated\n/           short\n',
    )
  })

  it('leaves columns out when that is not enough, and says which', () => {
    expect(written(22)).toContain('(no room for: note; --json has everything)')
    for (const line of written(22).split('\n').slice(0, 3)) expect(line.length).toBeLessThanOrEqual(22)
  })

  it('has no column in which nothing stands', () => {
    expect(fitColumns(columns, [{ path: '/', text: '', note: '' }], 80).columns).toHaveLength(1)
  })
})
