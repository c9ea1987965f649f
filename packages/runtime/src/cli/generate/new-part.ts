/** A collection or a route: a file of its own beside a plugin, and its place in the plugin's definition. */
import { dirname, join } from 'node:path'
import { addImport, importLine, isTaken, type ImportedName } from '../edit/add-import.ts'
import { addToList } from '../edit/add-to-list.ts'
import { codeStyleOf } from '../edit/code-style.ts'
import { insert, type Insertion } from '../edit/insertion.ts'
import {
  nameOf,
  nodeOf,
  nodesOf,
  parseSource,
  propertyOf,
  textOf,
  type Node,
  type Source,
} from '../edit/parse-source.ts'
import { UsageError } from '../command.ts'
import type { Change } from '../write-changes.ts'
import { collectionCode, collectionTestCode } from './collection-code.ts'
import type { PluginFile } from './find-plugin.ts'
import { ByHand, newFile, type Generation } from './generation.ts'
import { camelOf, type Names } from './names.ts'
import { importPath, testFileOf, type Project } from './project.ts'
import { routeCode, routeTestCode, type RouteNames } from './route-code.ts'

/** @throws ByHand when the plugin cannot be edited */
export function newCollection(project: Project, plugin: PluginFile, names: Names): Generation {
  const file = join(dirname(plugin.file), `${names.kebab}${project.extension}`)
  const testFile = testFileOf(project, file, `${plugin.name}-${names.kebab}`)
  const imported = { name: names.camel, from: importPath(project, plugin.file, file) }
  const lines = [importLine(imported, project.style), `collections: { ..., ${names.camel} }`]
  return {
    changes: [
      newFile(project, file, collectionCode(names)),
      newFile(project, testFile, collectionTestCode(names, importPath(project, testFile, file))),
      inPlugin(plugin, imported, lines, () => collectionEntry(plugin, names.camel)),
    ],
    notes: [`\`setup\` gets it as \`collections.${names.camel}\`.`],
  }
}

/** @throws ByHand when the plugin cannot be edited */
export function newRoute(project: Project, plugin: PluginFile, names: RouteNames): Generation {
  const kebab = names.camel.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const file = join(dirname(plugin.file), `${kebab}${project.extension}`)
  const testFile = testFileOf(project, file, `${plugin.name}-${kebab}`)
  const imported = { name: names.camel, from: importPath(project, plugin.file, file) }
  const lines = [importLine(imported, project.style), `setup({ router }) { ${names.camel}(router) }`]
  const code = routeCode(names, project.extension === '.ts')
  return {
    changes: [
      newFile(project, file, code),
      newFile(project, testFile, routeTestCode(names, importPath(project, testFile, file))),
      inPlugin(plugin, imported, lines, () => routeCall(plugin, names)),
    ],
    notes: ['`freeda routes` lists it.'],
  }
}

/** @throws UsageError */
export function parseRoute(method: string, path: string): RouteNames {
  const lower = method.toLowerCase()
  if (!['get', 'post', 'put', 'patch', 'delete'].includes(lower))
    throw new UsageError(`"${method}" is not a method: use get, post, put, patch or delete.`)
  if (!/^\/(?::?[A-Za-z][\w-]*(?:\/:?[A-Za-z][\w-]*)*)?$/.test(path) || /:\w*-/.test(path))
    throw new UsageError(`"${path}" is not a path here: write it as "/", "/export" or "/:id/history".`)
  const words = path
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  return {
    method: lower,
    path,
    camel: camelOf([lower, ...(words.length === 0 ? ['root'] : words)]),
    params: [...path.matchAll(/:(\w+)/g)].map((match) => match[1]!),
  }
}

function inPlugin(
  { file, source }: PluginFile,
  imported: ImportedName,
  lines: readonly string[],
  entry: () => Insertion[] | undefined,
): Change {
  const style = codeStyleOf(source)
  if (isTaken(source, imported.name))
    throw new ByHand(file, `the name ${imported.name} is taken there`, lines)
  const insertions = entry()
  if (insertions === undefined) throw new ByHand(file, 'it is written in a way that is not known', lines)
  const text = insert(source.text, [...addImport(source, imported, style), ...insertions])
  if (parseSource(text) === undefined) throw new Error(`The edit would have broken ${file}:\n${text}`)
  return { file, text, before: source.text }
}

function collectionEntry({ source, definition }: PluginFile, name: string): Insertion[] | undefined {
  const style = codeStyleOf(source)
  const collections = propertyOf(definition, 'collections')
  if (collections?.type === 'ObjectExpression') return addToList(source, collections, name, style)
  return collections === undefined
    ? addMember(
        { source, definition },
        ['options', 'security', 'prefix', 'freeda', 'name'],
        `collections: { ${name} }`,
      )
    : undefined
}

function routeCall(
  { source, definition }: PluginFile,
  { camel, params }: RouteNames,
): Insertion[] | undefined {
  const style = codeStyleOf(source)
  const setup = propertyOf(definition, 'setup')
  if (setup === undefined)
    return addMember(
      { source, definition },
      ['provides', 'needs', 'collections', 'options', 'freeda', 'name'],
      `setup({ router }) { ${camel}(router)${style.semicolon} }`,
    )
  const [context] = nodesOf(setup['params'])
  const body = nodeOf(setup['body'])
  if (context?.type !== 'ObjectPattern' || body?.type !== 'BlockStatement') return undefined
  const given = nodesOf(context['properties'])
  const router = given.find((one) => textOf(nodeOf(one['key'])) === 'router')
  const local = router === undefined ? 'router' : nameOf(nodeOf(router['value']))
  if (local === undefined || given.some(({ type }) => type === 'RestElement')) return undefined
  return [
    ...(router === undefined ? addToList(source, context, 'router', style) : []),
    addStatement(
      source,
      setup,
      `${camel}(${local})${style.semicolon}`,
      params.length === 0 ? local : undefined,
    ),
  ]
}

/**
 * At the end of `setup`, before what that returns: behind all middleware.
 * @param router when the path has no parameters: then it goes before the first route, as `/:id` would take its requests
 */
function addStatement(source: Source, setup: Node, code: string, router: string | undefined): Insertion {
  const { text } = source
  const style = codeStyleOf(source)
  const body = nodeOf(setup['body'])!
  const statements = nodesOf(body['body'])
  const methods = statements.map((one) => calledOn(router, one))
  const firstRoute = methods.findIndex((method) => method !== undefined && method !== 'use')
  if (firstRoute !== -1 && !methods.slice(firstRoute).includes('use')) {
    const { start } = statements[firstRoute]!
    return { at: start, text: `${code}${style.eol}${indentOf(text, start, '')}` }
  }
  const last = statements.findLast(({ type }) => type !== 'ReturnStatement')
  const indent = indentOf(text, setup.start, style.indent)
  const end = statements.length === 0 ? style.eol + indentOf(text, setup.start, '') : ''
  return { at: last?.end ?? body.start + 1, text: `${style.eol}${indent}${code}${end}` }
}

/** `get` of the statement `router.get(…)`. */
function calledOn(router: string | undefined, statement: Node): string | undefined {
  const callee = nodeOf(nodeOf(statement['expression'])?.['callee'])
  const object = nodeOf(callee?.['object'])
  return router !== undefined && nameOf(object) === router ? nameOf(nodeOf(callee?.['property'])) : undefined
}

/** Adds a member to a definition behind the last one of those that it has. */
function addMember(
  { source, definition }: Pick<PluginFile, 'source' | 'definition'>,
  behind: readonly string[],
  member: string,
): Insertion[] | undefined {
  const { eol } = codeStyleOf(source)
  const before = nodesOf(definition['properties']).findLast((one) =>
    behind.includes(textOf(nodeOf(one['key'])) ?? ''),
  )
  if (before === undefined) return undefined
  const separator = startsLine(source.text, before) ? `${eol}${indentOf(source.text, before.start, '')}` : ' '
  return [{ at: before.end, text: `,${separator}${member}` }]
}

const startsLine = (text: string, node: Node): boolean =>
  /^[ \t]*$/.test(text.slice(text.lastIndexOf('\n', node.start - 1) + 1, node.start))

const indentOf = (text: string, at: number, more: string): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1))![0] + more
