/** Finds the file in which a plugin of the project is defined, starting from what its config imports. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { UsageError } from '../command.ts'
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
import type { Project } from './project.ts'

export interface PluginFile {
  readonly name: string
  readonly file: string
  readonly source: Source
  /** The object that `definePlugin` gets. */
  readonly definition: Node
}

/**
 * @param wanted may be left out when there is one only
 * @throws UsageError when there is none, or more than one to choose from
 */
export function findPlugin(project: Project, wanted: string | undefined): PluginFile {
  const all = pluginsOf(project)
  const found = all.filter(({ name }) => wanted === undefined || name === wanted)
  if (found.length === 1) return found[0]!
  const names = all.map(({ name }) => name).join(', ')
  if (all.length === 0)
    throw new UsageError(
      'There is no plugin in this project to add that to: `freeda generate plugin NAME` makes one.',
    )
  throw new UsageError(
    wanted === undefined
      ? `Which plugin? Say --plugin with one of: ${names}.`
      : `The project has no plugin "${wanted}". Known here: ${names}.`,
  )
}

function pluginsOf({ configFile, configText, directory }: Project): PluginFile[] {
  const imported = configFile.endsWith('.json')
    ? [...configText.matchAll(/"(\.\.?\/[^"]+)"/g)].map((match) => match[1]!)
    : importsOf(parseSource(configText))
  return imported
    .flatMap((from) => fileOf(resolve(directory, from)) ?? [])
    .flatMap((file) => {
      const source = parseSource(readFileSync(file, 'utf8'))
      return source === undefined ? [] : definitionsIn(file, source)
    })
}

const importsOf = (source: Source | undefined): string[] =>
  (source?.body ?? [])
    .filter(({ type }) => type === 'ImportDeclaration')
    .flatMap((one) => textOf(nodeOf(one['source'])) ?? [])
    .filter((from) => from.startsWith('.'))

/** `./a.js` may stand for `a.ts`, and `./a` for either. */
function fileOf(path: string): string | undefined {
  const stem = path.replace(/\.[cm]?[jt]s$/, '')
  return [path, `${stem}.ts`, `${stem}.mts`, `${stem}.js`, `${stem}.mjs`]
    .filter((each) => /\.[cm]?[jt]s$/.test(each) && dirname(each) !== each)
    .find(existsSync)
}

function definitionsIn(file: string, source: Source): PluginFile[] {
  const values = source.body
    .map((one) => (one.type.startsWith('Export') ? nodeOf(one['declaration']) : one))
    .flatMap((one) =>
      one?.type === 'VariableDeclaration'
        ? nodesOf(one['declarations']).map((each) => nodeOf(each['init']))
        : [one],
    )
  return values.flatMap((value) => {
    if (value?.type !== 'CallExpression' || nameOf(nodeOf(value['callee'])) !== 'definePlugin') return []
    const definition = nodesOf(value['arguments'])[0]
    const name = definition === undefined ? undefined : textOf(propertyOf(definition, 'name'))
    return definition === undefined || name === undefined ? [] : [{ name, file, source, definition }]
  })
}
