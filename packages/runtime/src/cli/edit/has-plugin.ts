/** Whether a list of plugins has a plugin already. */
import type { ImportedName } from './add-import.ts'
import { nameOf, nodeOf, nodesOf, textOf, type Node, type Source } from './parse-source.ts'

/** By a call of what is imported, under whatever name, or by the name of its package. */
export function hasPlugin({ body }: Source, list: Node, wanted: ImportedName): boolean {
  const names = body
    .filter((one) => one.type === 'ImportDeclaration' && textOf(nodeOf(one['source'])) === wanted.from)
    .flatMap((one) => nodesOf(one['specifiers']))
    .filter((specifier) => exportedName(specifier) === (wanted.exported ?? wanted.name))
    .map((specifier) => nameOf(nodeOf(specifier['local'])))
  return namesPackage(list, wanted.from) || calls(list, names)
}

function exportedName(specifier: Node): string | undefined {
  return specifier.type === 'ImportDefaultSpecifier' ? 'default' : textOf(nodeOf(specifier['imported']))
}

/** As text, alone or with options: `"a"`, `["a", {}]`. */
const namesPackage = (list: Node, from: string): boolean =>
  nodesOf(list['elements']).some((entry) => {
    const named = entry.type === 'ArrayExpression' ? nodesOf(entry['elements'])[0] : entry
    return named?.type === 'Literal' && named['value'] === from
  })

/** Also in a condition, as of the mode. */
const calls = (node: Node, names: readonly (string | undefined)[]): boolean =>
  (node.type === 'CallExpression' && names.includes(nameOf(nodeOf(node['callee'])) ?? '')) ||
  Object.values(node).some((value) =>
    [...nodesOf(value), ...nodesOf([value])].some((child) => calls(child, names)),
  )
