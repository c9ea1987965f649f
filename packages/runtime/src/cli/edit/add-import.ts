/** Adds the import of one name. */
import type { CodeStyle } from './code-style.ts'
import { addToList } from './add-to-list.ts'
import type { Insertion } from './insertion.ts'
import { nameOf, nodeOf, nodesOf, textOf, type Node, type Source } from './parse-source.ts'

export interface ImportedName {
  /** What it is called here. */
  readonly name: string
  /** What it is called there: its own name unless it is `default`. */
  readonly exported?: 'default'
  readonly from: string
}

/** The line itself. */
export const importLine = ({ name, exported, from }: ImportedName, { quote, semicolon }: CodeStyle): string =>
  `import ${exported === 'default' ? name : `{ ${name} }`} from ${quote}${from}${quote}${semicolon}`

/** Nothing when the name is imported from there already. */
export function addImport(source: Source, wanted: ImportedName, style: CodeStyle): Insertion[] {
  const imports = source.body.filter((one) => one.type === 'ImportDeclaration')
  const same = imports.find(
    (one) => textOf(nodeOf(one['source'])) === wanted.from && one['importKind'] !== 'type',
  )
  const specifiers = nodesOf(same?.['specifiers'])
  if (specifiers.some((one) => nameOf(nodeOf(one['local'])) === wanted.name)) return []
  const named = specifiers.at(-1)
  if (named?.type === 'ImportSpecifier' && wanted.exported === undefined)
    return addToList(source, namedList(source, same!, specifiers), wanted.name, style)
  const line = importLine(wanted, style)
  const last = imports.at(-1)
  if (last !== undefined) return [{ at: endWithComment(source, last.end), text: `${style.eol}${line}` }]
  return [{ at: afterPragmas(source), text: `${line}${style.eol}${style.eol}` }]
}

/** The names between the braces of an import, as a list. */
function namedList({ text }: Source, declaration: Node, specifiers: readonly Node[]): Node {
  const properties = specifiers.filter((one) => one.type === 'ImportSpecifier')
  const start = text.lastIndexOf('{', properties[0]!.start)
  return {
    type: 'Names',
    start,
    end: text.indexOf('}', properties.at(-1)!.end) + 1,
    properties,
    of: declaration,
  }
}

function endWithComment({ text, comments }: Source, end: number): number {
  const comment = comments.find(({ start }) => start >= end && /^[ \t]*$/.test(text.slice(end, start)))
  return comment === undefined || text.slice(comment.start, comment.end).includes('\n') ? end : comment.end
}

/** Behind a hashbang and `// @ts-check`, which must stay first. */
function afterPragmas({ text }: Source): number {
  return /^(?:#!.*\r?\n)?(?:\s*\/\/ *@ts-.*\r?\n)*/.exec(text)![0].length
}

/** Whether a name means something in the file already. */
export const isTaken = ({ body }: Source, name: string): boolean =>
  body.some((one) => {
    if (one.type === 'ImportDeclaration')
      return nodesOf(one['specifiers']).some((specifier) => nameOf(nodeOf(specifier['local'])) === name)
    const declaration = one.type === 'ExportNamedDeclaration' ? nodeOf(one['declaration']) : one
    return (
      nameOf(nodeOf(declaration?.['id'])) === name ||
      nodesOf(declaration?.['declarations']).some((each) => nameOf(nodeOf(each['id'])) === name)
    )
  })
