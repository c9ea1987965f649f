/** Reads TypeScript and JavaScript into a tree with positions, so that an edit touches only what it must. */
import { tsPlugin } from '@sveltejs/acorn-typescript'
import { Parser } from 'acorn'

/** A node of ESTree, or of its TypeScript extension. Source: https://github.com/estree/estree */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

export interface Comment {
  readonly start: number
  readonly end: number
}

export interface Source {
  readonly text: string
  /** The statements of the file. */
  readonly body: readonly Node[]
  readonly comments: readonly Comment[]
}

const TypeScript = Parser.extend(tsPlugin())

/** Undefined when it cannot be read. */
export function parseSource(text: string): Source | undefined {
  const comments: Comment[] = []
  try {
    const program = TypeScript.parse(text, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      allowHashBang: true,
      locations: true, // The TypeScript plugin needs them.
      onComment: (_block, _text, start, end) => void comments.push({ start, end }),
    })
    // The plugin looks ahead, and then tells of a comment twice.
    const unique = [...new Map(comments.map((comment) => [comment.start, comment])).values()]
    return { text, body: program.body as unknown as readonly Node[], comments: unique }
  } catch {
    return undefined
  }
}

export const nodeOf = (value: unknown): Node | undefined =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value
    ? (value as Node)
    : undefined

export const nodesOf = (value: unknown): readonly Node[] =>
  Array.isArray(value) ? value.flatMap((one) => nodeOf(one) ?? []) : []

/** The expression without `as`, `satisfies`, `!` and parentheses around it. */
export function bare(node: Node | undefined): Node | undefined {
  const wrapped = node !== undefined && wrappers.has(node.type)
  return wrapped ? bare(nodeOf(node['expression'])) : node
}

const wrappers: ReadonlySet<string> = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'ParenthesizedExpression',
])

/** What an identifier is called. */
export const nameOf = (node: Node | undefined): string | undefined =>
  node?.type === 'Identifier' && typeof node['name'] === 'string' ? node['name'] : undefined

/** The text of a literal or of a plain key. */
export function textOf(node: Node | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node['value'] === 'string') return node['value']
  return nameOf(node)
}

/** The value of a property of an object literal. */
export function propertyOf(object: Node, key: string): Node | undefined {
  const property = nodesOf(object['properties']).find(
    (one) => one.type === 'Property' && one['computed'] !== true && textOf(nodeOf(one['key'])) === key,
  )
  return nodeOf(property?.['value'])
}

/** The value that a `const` of these statements gives to a name. */
export function constantOf(statements: readonly Node[], name: string): Node | undefined {
  const declarations = statements
    .map((one) => (one.type === 'ExportNamedDeclaration' ? nodeOf(one['declaration']) : one))
    .flatMap((one) => (one?.type === 'VariableDeclaration' ? nodesOf(one['declarations']) : []))
  return nodeOf(declarations.find((one) => nameOf(nodeOf(one['id'])) === name)?.['init'])
}
