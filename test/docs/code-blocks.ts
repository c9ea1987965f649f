/** The code blocks of all documents that users read. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface CodeBlock {
  /** Path of the document from the root of the workspace. */
  readonly document: string
  readonly line: number
  /** `ts`, `json`, `sh`, `text`… */
  readonly language: string
  /** From `title="…"` after the language: the file that the block is. */
  readonly title: string | undefined
  readonly code: string
}

const fence = /^```(\w*)([^\n]*)\n([\s\S]*?)^```$/gm

export const documents: readonly string[] = globSync(
  ['*.md', 'docs/**/*.md', 'packages/*/README.md', 'examples/*/README.md', 'bench/README.md'],
  { cwd: root },
).filter((path) => !path.endsWith('CHANGELOG.md'))

export const codeBlocks: readonly CodeBlock[] = documents.flatMap((document) => {
  const text = readFileSync(`${root}/${document}`, 'utf8')
  return [...text.matchAll(fence)].map((match) => ({
    document,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1] ?? '',
    title: /title="([^"]+)"/.exec(match[2] ?? '')?.[1],
    code: match[3] ?? '',
  }))
})
