/** How a file is written, so that what is added looks the same. */
import { insert } from './insertion.ts'
import { nodeOf, parseSource, type Node, type Source } from './parse-source.ts'

export interface CodeStyle {
  readonly quote: '"' | "'"
  readonly semicolon: '' | ';'
  /** One step of indentation. */
  readonly indent: string
  readonly eol: '\n' | '\r\n'
}

/** Of Freeda's own code, and of files that give no hint. */
export const ownStyle: CodeStyle = { quote: "'", semicolon: '', indent: '  ', eol: '\n' }

export function codeStyleOf({ text, body }: Source): CodeStyle {
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0
  const imports = body.filter((one) => one.type === 'ImportDeclaration')
  const judged = imports.length > 0 ? imports : body
  const first = imports[0] === undefined ? undefined : text[nodeOf(imports[0]['source'])!.start]
  return {
    quote: (first ?? (count(/"/g) > count(/'/g) ? '"' : "'")) === '"' ? '"' : "'",
    semicolon: judged.some((one) => text[one.end - 1] === ';') ? ';' : '',
    indent: /^(\t| {2,8})[^\s*]/m.exec(text)?.[1] ?? ownStyle.indent,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  }
}

/** Code in Freeda's own style, as somebody else writes. */
export function restyle(code: string, style: CodeStyle): string {
  const source = parseSource(code)
  if (source === undefined) throw new Error(`A template is no valid code:\n${code}`)
  const nodes = source.body.flatMap(withDescendants)
  const semicolons =
    style.semicolon === ''
      ? []
      : nodes
          .filter(({ type, end }) => endWithSemicolon.has(type) && !/[;}]/.test(code[end - 1]!))
          .map(({ end }) => ({ at: end, text: ';' }))
  const requoted = style.quote === '"' ? withDoubleQuotes(code, nodes) : code
  return insert(requoted, semicolons)
    .split('\n')
    .map((line) => line.replace(/^(?: {2})+/, (spaces) => style.indent.repeat(spaces.length / 2)))
    .join(style.eol)
}

const endWithSemicolon: ReadonlySet<string> = new Set([
  'ImportDeclaration',
  'ExportDefaultDeclaration',
  'VariableDeclaration',
  'ExpressionStatement',
  'ReturnStatement',
])

/** Of the same length, so that positions stay what they were. */
function withDoubleQuotes(code: string, nodes: readonly Node[]): string {
  const characters = [...code]
  if (characters.length !== code.length) return code
  for (const { type, start, end } of nodes) {
    if (type !== 'Literal' || code[start] !== "'" || code.slice(start, end).includes('"')) continue
    characters[start] = '"'
    characters[end - 1] = '"'
  }
  return characters.join('')
}

function withDescendants(node: Node): Node[] {
  const children = Object.values(node).flatMap((value) => (Array.isArray(value) ? value : [value]))
  return [node, ...children.flatMap((child) => (nodeOf(child) === undefined ? [] : withDescendants(child)))]
}
