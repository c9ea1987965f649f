/** Installs a published plugin and puts it into the config. */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { satisfies } from 'semver'
import { reasonOf } from '../../errors.ts'
import { contractVersion } from '../../plugin.ts'
import { UsageError } from '../command.ts'
import { addPlugin } from '../edit/add-plugin.ts'
import type { Terminal } from '../terminal.ts'
import { NotWritten, writeChanges } from '../write-changes.ts'
import { installCommand, packageManagerOf } from './package-manager.ts'
import { readPlugins, type ExportedPlugin } from './read-plugins.ts'
import { runProgram } from './run-program.ts'

export interface AddOptions {
  /** As given to the package manager: a name, maybe with a version. */
  readonly spec: string
  readonly configFile: string
  /** Which export, where there is more than one plugin. */
  readonly plugin: string | undefined
  /** It is there already. */
  readonly skipInstall: boolean
  readonly terminal: Terminal
}

/** Something that stops the command; what was done until then stays, and is told. */
class Stopped extends Error {}

/** @returns the exit code */
export async function addPackage(options: AddOptions): Promise<number> {
  const { spec, configFile, terminal, skipInstall } = options
  const name = packageName(spec)
  if (!skipInstall) {
    const command = installCommand(packageManagerOf(dirname(configFile)), spec)
    terminal.line(terminal.paint('dim', `$ ${command.join(' ')}`))
    const code = await runProgram(command, dirname(configFile))
    if (code !== 0) {
      terminal.err.write(`\n${command[0]} failed with code ${code}, so the config was not changed.\n`)
      return 1
    }
  }
  try {
    const chosen = choose(name, await importPlugins(name, configFile), options.plugin)
    checkContract(name, chosen)
    if (!edit(configFile, name, chosen)) {
      terminal.line(`\n${chosen.factory.plugin.name} is there already: ${configFile} was not changed.`)
      return 0
    }
    terminal.line(`\n${terminal.paint('green', 'added')}  ${chosen.factory.plugin.name} to ${configFile}`)
    const open = await openOptions(chosen)
    if (open.length > 0) terminal.line(`It wants options: ${open.join('; ')}.`)
    return 0
  } catch (error) {
    if (!(error instanceof Stopped || error instanceof NotWritten)) throw error
    const installed = skipInstall ? 'Nothing was installed' : `${name} is installed`
    terminal.err.write(`\n${error.message}\n${installed}; the config was not changed.\n`)
    return 1
  }
}

/** `@scope/name@range` without the range. @throws UsageError for what is no name of a package */
function packageName(spec: string): string {
  const name = /^(@[a-z0-9~][\w.~-]*\/)?[a-z0-9~][\w.~-]*/.exec(spec)?.[0]
  if (name === undefined || !['', '@'].includes(spec.slice(name.length, name.length + 1)))
    throw new UsageError(`"${spec}" is not the name of a package.`)
  return name
}

async function importPlugins(name: string, configFile: string): Promise<ExportedPlugin[]> {
  try {
    return await readPlugins(name, configFile)
  } catch (error) {
    throw new Stopped(`${name} could not be imported: ${reasonOf(error).split('\n')[0]}`, { cause: error })
  }
}

function choose(
  name: string,
  plugins: readonly ExportedPlugin[],
  wanted: string | undefined,
): ExportedPlugin {
  const names = plugins.map(({ exported }) => exported).join(', ')
  if (plugins.length === 0) throw new Stopped(`${name} exports no Freeda plugin.`)
  const found = wanted === undefined ? plugins : plugins.filter(({ exported }) => exported === wanted)
  if (found.length === 0) throw new Stopped(`${name} exports no plugin "${wanted}". It has: ${names}.`)
  if (found.length > 1)
    throw new Stopped(`${name} exports more than one plugin. Say --plugin with one of: ${names}.`)
  return found[0]!
}

function checkContract(name: string, { factory: { plugin } }: ExportedPlugin): void {
  if (!satisfies(contractVersion, plugin.freeda))
    throw new Stopped(
      `${name} was written for version ${plugin.freeda} of Freeda's plugin contract; here it is ${contractVersion}. Look for a version of it that fits.`,
    )
}

/** @returns whether there was something to change */
function edit(configFile: string, from: string, { exported, isDefault, factory }: ExportedPlugin): boolean {
  if (configFile.endsWith('.json') && !isDefault)
    throw new Stopped(`A JSON config names a package and takes its default export, which ${from} has not.`)
  const before = readFileSync(configFile, 'utf8')
  const name = exported === 'default' ? identifierOf(factory.plugin.name) : exported
  const added = addPlugin(configFile, before, {
    import: { name, from, ...(exported === 'default' ? { exported } : {}) },
    entry: `${name}()`,
  })
  if ('reason' in added)
    throw new Stopped(
      `The config was not edited, as ${added.reason}. Add these lines yourself:\n${added.lines.map((line) => `  ${line}`).join('\n')}`,
    )
  if (added.text === before) return false
  writeChanges([{ file: configFile, text: added.text, before }])
  return true
}

const identifierOf = (name: string): string =>
  name.replaceAll(/-+(\w)/g, (_, letter: string) => letter.toUpperCase()).replaceAll('-', '')

/** What the plugin's schema says to no options at all. */
async function openOptions({ factory: { plugin } }: ExportedPlugin): Promise<string[]> {
  const result = await plugin.options?.['~standard'].validate({})
  return (result?.issues ?? []).map(({ path = [], message }) => {
    const at = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
    return at === '' ? message : `${at}: ${message}`
  })
}
