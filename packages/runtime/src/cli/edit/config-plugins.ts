/** Finds the list of plugins in the code of a config. */
import { bare, constantOf, nameOf, nodeOf, nodesOf, propertyOf, type Node } from './parse-source.ts'

/** The array behind `plugins`, or the config that has none yet. */
export type ConfigPlugins = { readonly list: Node } | { readonly config: Node }

/** Statements in which names may be declared, the innermost first. */
type Scopes = readonly (readonly Node[])[]

/** Of the default export; undefined when the config is written in a way that is not known. */
export function pluginsOfModule(body: readonly Node[]): ConfigPlugins | undefined {
  const exported = body.find((one) => one.type === 'ExportDefaultDeclaration')
  return pluginsIn(nodeOf(exported?.['declaration']), [body])
}

/** A name is followed only once: `const a = a` leads nowhere. */
function pluginsIn(
  node: Node | undefined,
  scopes: Scopes,
  followed: readonly string[] = [],
): ConfigPlugins | undefined {
  const value = bare(node)
  switch (value?.type) {
    case 'Identifier': {
      const name = nameOf(value)!
      return followed.includes(name)
        ? undefined
        : pluginsIn(lookUp(name, scopes), scopes, [...followed, name])
    }
    case 'CallExpression':
      return nameOf(nodeOf(value['callee'])) === 'defineConfig'
        ? pluginsIn(nodesOf(value['arguments'])[0], scopes, followed)
        : undefined
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
    case 'FunctionDeclaration':
      return pluginsOfFunction(value, scopes, followed)
    case 'ObjectExpression':
      return pluginsOfObject(value, scopes)
    default:
      return undefined
  }
}

function pluginsOfFunction(
  func: Node,
  scopes: Scopes,
  followed: readonly string[],
): ConfigPlugins | undefined {
  const body = nodeOf(func['body'])
  if (body?.type !== 'BlockStatement') return pluginsIn(body, scopes, followed)
  const statements = nodesOf(body['body'])
  const returns = statements.filter((one) => one.type === 'ReturnStatement')
  // An `if` may return another config.
  const isStraight = statements.every((one) => straight.has(one.type))
  return returns.length === 1 && isStraight
    ? pluginsIn(nodeOf(returns[0]!['argument']), [statements, ...scopes], followed)
    : undefined
}

const straight: ReadonlySet<string> = new Set([
  'ReturnStatement',
  'VariableDeclaration',
  'ExpressionStatement',
  'FunctionDeclaration',
])

export function pluginsOfObject(config: Node, scopes: Scopes = []): ConfigPlugins | undefined {
  const plugins = bare(propertyOf(config, 'plugins'))
  // What is spread into the config may bring plugins along.
  if (plugins === undefined) return hasOnlyOwn(config) ? { config } : undefined
  const name = nameOf(plugins)
  const list = name === undefined ? plugins : bare(lookUp(name, scopes))
  return list?.type === 'ArrayExpression' ? { list } : undefined
}

const hasOnlyOwn = (config: Node): boolean =>
  nodesOf(config['properties']).every(
    ({ type, shorthand, key }) =>
      type === 'Property' && !(shorthand === true && nameOf(nodeOf(key)) === 'plugins'),
  )

function lookUp(name: string, scopes: Scopes): Node | undefined {
  for (const statements of scopes) {
    const declared = statements.find(
      (one) => one.type === 'FunctionDeclaration' && nameOf(nodeOf(one['id'])) === name,
    )
    const found = constantOf(statements, name) ?? declared
    if (found !== undefined) return found
  }
  return undefined
}
