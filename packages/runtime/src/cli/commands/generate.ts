import { readConfig } from '../../config/load-config.ts'
import { defineCommand, sharedOptions, UsageError } from '../command.ts'
import { findPlugin } from '../generate/find-plugin.ts'
import { ByHand, type Generation } from '../generate/generation.ts'
import { parseName } from '../generate/names.ts'
import { newCollection, newRoute, parseRoute } from '../generate/new-part.ts'
import { newDriver, newPlugin } from '../generate/new-plugin.ts'
import { missingPackages, readProject, shownPath, type Project } from '../generate/project.ts'
import { NotWritten, writeChanges } from '../write-changes.ts'
import type { Terminal } from '../terminal.ts'

export const command = defineCommand({
  description: `Writes code with a passing test, and puts it where it is used.

  plugin NAME        a plugin that keeps documents, added to the config
  collection NAME    a collection of a plugin of this project
  route METHOD PATH  a route of a plugin of this project
  driver NAME        a storage driver, held to the conformance suite

Every file is planned first: when one is in the way, or the config is written in a way that cannot be edited, nothing is changed.`,
  arguments: [
    {
      name: 'KIND',
      summary: 'plugin, collection, route or driver',
      choices: ['plugin', 'collection', 'route', 'driver'],
    },
    { name: 'NAME', summary: 'in lower case, as `order-items`; of a route its method and path', rest: true },
  ],
  options: {
    plugin: { type: 'string', value: 'NAME', summary: 'the plugin that gets the collection or the route' },
    folder: { type: 'string', value: 'PATH', summary: 'where plugins and drivers go; `src` unless given' },
    'dry-run': { type: 'boolean', summary: 'say what would be written, and write nothing' },
    config: sharedOptions.config,
  },
  examples: [
    'freeda generate plugin orders',
    'freeda generate collection order-items --plugin orders',
    "freeda generate route post '/:id/refund' --plugin orders",
  ],
  async run({ options, args: [kind = '', ...rest], terminal }) {
    const { file } = await readConfig(process.cwd(), options.config, async () => ({}))
    const project = readProject(file)
    try {
      const generation = generate(project, kind, rest, options)
      if (options['dry-run'] !== true) writeChanges(generation.changes)
      report(terminal, project, generation, options['dry-run'] === true)
      return 0
    } catch (error) {
      if (error instanceof NotWritten) terminal.err.write(`${error.message}\n`)
      else if (error instanceof ByHand) terminal.err.write(byHand(project, error))
      else throw error
      return 1
    }
  },
})

function generate(
  project: Project,
  kind: string,
  names: readonly string[],
  { plugin, folder = 'src' }: { readonly plugin?: string; readonly folder?: string },
): Generation {
  const [name, path] = names
  const expected = kind === 'route' ? 2 : 1
  if (name === undefined || names.length !== expected)
    throw new UsageError(
      kind === 'route'
        ? 'A route has a method and a path: `route get /:id`.'
        : `Say one name: \`${kind} my-name\`.`,
    )
  if (kind === 'route') {
    const route = parseRoute(name, path!)
    return newRoute(project, findPlugin(project, plugin), route)
  }
  const parsed = parseName(name)
  if (kind === 'collection') return newCollection(project, findPlugin(project, plugin), parsed)
  return kind === 'plugin' ? newPlugin(project, parsed, folder) : newDriver(project, parsed, folder)
}

function report(terminal: Terminal, project: Project, { changes, notes }: Generation, dryRun: boolean): void {
  for (const { file, before } of changes) {
    const done = before === undefined ? (dryRun ? 'would make' : 'made') : dryRun ? 'would change' : 'changed'
    terminal.line(`${terminal.paint('green', done.padEnd(dryRun ? 12 : 7))}  ${shownPath(project, file)}`)
  }
  terminal.line()
  for (const note of notes) terminal.line(note)
  const missing = missingPackages(project)
  if (missing.length > 0)
    terminal.line(`The code uses what is not installed here yet: ${missing.join(', ')}.`)
  terminal.line('Run its test with: npx vitest run')
}

const byHand = (project: Project, { file, message, lines }: ByHand): string =>
  `${shownPath(project, file)} was not edited, as ${message}. Nothing was written.

Add these lines to it yourself:
${lines.map((line) => `  ${line}`).join('\n')}
`
