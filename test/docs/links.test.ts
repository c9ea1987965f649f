import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { documents, root } from './code-blocks.ts'

interface Link {
  readonly document: string
  /** Path from the root of the workspace. */
  readonly path: string
  /** What stands behind `#`. */
  readonly anchor: string | undefined
}

const textOf = (document: string) => readFileSync(join(root, document), 'utf8')

const withoutCode = (text: string) => text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '')

/** To files of the workspace. What other sites have is not ours to check. */
const linksOf = (document: string): Link[] =>
  [...withoutCode(textOf(document)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1]!)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? document : join(dirname(document), path)
      return { document, path: file, anchor }
    })

/** As GitHub makes them of headings. */
const anchorsOf = (document: string) =>
  [...textOf(document).matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  )

const links = documents.flatMap(linksOf)
const isThere = ({ path }: Link) => existsSync(join(root, path))
const hasAnchor = ({ path, anchor }: Link) =>
  anchor === undefined || statSync(join(root, path)).isDirectory() || anchorsOf(path).includes(anchor)

const shown = ({ document, path, anchor }: Link) =>
  `${document} → ${path}${anchor === undefined ? '' : `#${anchor}`}`

describe('the links of the documents', () => {
  it('lead to files that are there', () => {
    expect(links.length).toBeGreaterThan(100)
    expect(links.filter((link) => !isThere(link)).map(shown)).toEqual([])
  })

  it('lead to headings that are there', () => {
    const lost = links.filter((link) => isThere(link) && !hasAnchor(link))
    expect(lost.map(shown)).toEqual([])
  })
})

describe('the index of the documentation', () => {
  const index = 'docs/README.md'
  const linked = new Set(linksOf(index).map(({ path }) => path))

  it('names every page', () => {
    const pages = globSync('docs/**/*.md', { cwd: root }).filter(
      (path) => path !== index && !path.startsWith('docs/decisions/'),
    )
    expect(pages.length).toBeGreaterThan(20)
    expect(pages.filter((page) => !linked.has(page))).toEqual([])
    expect(linked).toContain('docs/decisions')
  })

  it('is linked from the README', () => {
    expect(linksOf('README.md').map(({ path }) => path)).toContain(index)
  })
})
