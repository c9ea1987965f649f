import { expect, it } from 'vitest'
import { progress } from '../../src/cli/migrate/progress.ts'
import { createTerminal } from '../../src/cli/terminal.ts'

function watched(isLive: boolean, columns = 80) {
  let text = ''
  let nowMs = 0
  const output = { write: (more: string) => (text += more), isTTY: isLive, columns }
  const { paint } = createTerminal(output, output, {})
  const watch = progress({
    output,
    isLive,
    paint: isLive ? (_, plain) => plain : paint,
    signal: new AbortController().signal,
    clock: () => nowMs,
  })
  return { watch, text: () => text, pass: (ms: number) => void (nowMs += ms) }
}

it('writes a whole line every five seconds where nobody can draw, and nothing that moves the cursor', () => {
  const { watch, text, pass } = watched(false)
  const stage = watch.stage('Copying', 100_000, 10_000)
  for (let second = 0; second < 12; second++) {
    pass(1000)
    stage.advance(1500)
  }
  stage.end()
  expect(text()).toBe(
    `Copying: 17,500 of 100,000 documents (17 %), 1,500/s, 55 s left
Copying: 25,000 of 100,000 documents (25 %), 1,500/s, 50 s left
Copying: 28,000 documents, 12.0 s
`,
  )
})

it('draws a bar with the pace and the time left on a terminal, never wider than that', () => {
  for (const columns of [80, 40, 20]) {
    const { watch, text, pass } = watched(true, columns)
    const stage = watch.stage('Verifying', 100)
    pass(1000)
    stage.advance(50)
    stage.end()
    const lines = text().split('\r\u001b[K')
    for (const line of lines.slice(0, -1)) expect(line.trimEnd().length).toBeLessThan(columns)
    if (columns === 80) expect(lines).toContain('Verifying  ████████████░░░░░░░░░░░░  50 %  50/s, 1 s left')
    expect(lines.at(-1)).toBe('Verifying: 50 documents, 1.0 s\n')
  }
})

it('counts where nobody knows how many there are', () => {
  const { watch, text, pass } = watched(false)
  const stage = watch.stage('Looking at the documents')
  pass(6000)
  stage.advance(600)
  expect(text()).toBe('Looking at the documents: 600 documents, 100/s\n')
})
