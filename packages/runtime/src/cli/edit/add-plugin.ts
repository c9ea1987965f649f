/** Adds a plugin to the text of a config. */
import { parseExpressionAt } from 'acorn'
import { addImport, importLine, isTaken, type ImportedName } from './add-import.ts'
import { addToList } from './add-to-list.ts'
import { codeStyleOf, ownStyle, type CodeStyle } from './code-style.ts'
import { pluginsOfModule, pluginsOfObject, type ConfigPlugins } from './config-plugins.ts'
import { hasPlugin } from './has-plugin.ts'
import { insert, type Insertion } from './insertion.ts'
import { nodeOf, parseSource, propertyOf, type Node, type Source } from './parse-source.ts'

export interface AddedPlugin {
  readonly import: ImportedName
  /** As it is called, e.g. `tickets()`. */
  readonly entry: string
}

/** The new text, which is the one before when the plugin is there already; or the lines that somebody must add by hand because the config is written in an unknown way. */
export type ConfigEdit =
  { readonly text: string } | { readonly reason: string; readonly lines: readonly string[] }

/** @param name of the config file: JSON is told by it */
export function addPlugin(name: string, text: string, plugin: AddedPlugin): ConfigEdit {
  return name.endsWith('.json') ? addToJson(name, text, plugin) : addToModule(text, plugin)
}

function addToModule(text: string, plugin: AddedPlugin): ConfigEdit {
  const source = parseSource(text)
  const style = source === undefined ? ownStyle : codeStyleOf(source)
  const byHand = (reason: string): ConfigEdit => ({
    reason,
    lines: [importLine(plugin.import, style), `plugins: [..., ${plugin.entry}]`],
  })
  if (source === undefined) return byHand('its syntax could not be read')
  const found = pluginsOfModule(source.body)
  if (found === undefined) return byHand('its list of plugins was not found')
  if ('list' in found && hasPlugin(source, found.list, plugin.import)) return { text }
  const imported = addImport(source, plugin.import, style)
  if (imported.length > 0 && isTaken(source, plugin.import.name))
    return byHand(`the name ${plugin.import.name} is taken there`)
  return checked(insert(text, [...imported, ...addEntry(source, found, 'plugins', plugin.entry, style)]))
}

/** JSON is an expression of JavaScript, so that one way of editing does for both. */
function addToJson(name: string, text: string, { import: imported }: AddedPlugin): ConfigEdit {
  const { from } = imported
  const entry = JSON.stringify(from)
  const byHand = (reason: string): ConfigEdit => ({ reason, lines: [`"plugins": [..., ${entry}]`] })
  const root = readJson(text)
  if (root === undefined) return byHand('its syntax could not be read')
  const config = name === 'package.json' ? propertyOf(root, 'freeda') : root
  const found = config?.type === 'ObjectExpression' ? pluginsOfObject(config) : undefined
  if (found === undefined) return byHand('its list of plugins was not found')
  const source: Source = { text, body: [], comments: [] }
  if ('list' in found && hasPlugin(source, found.list, imported)) return { text }
  return { text: insert(text, addEntry(source, found, '"plugins"', entry, codeStyleOf(source))) }
}

function readJson(text: string): Node | undefined {
  try {
    JSON.parse(text)
    return nodeOf(parseExpressionAt(text, 0, { ecmaVersion: 'latest' }))
  } catch {
    return undefined
  }
}

const addEntry = (
  source: Source,
  found: ConfigPlugins,
  key: string,
  entry: string,
  style: CodeStyle,
): Insertion[] =>
  'list' in found
    ? addToList(source, found.list, entry, style)
    : addToList(source, found.config, `${key}: [${entry}]`, style)

/** What cannot be read again must not be written. */
function checked(text: string): ConfigEdit {
  if (parseSource(text) === undefined) throw new Error(`The edit would have broken the config:\n${text}`)
  return { text }
}
