/** What generated code must fit in with: the project around a config file. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, extname, join, relative } from 'node:path'
import { codeStyleOf, ownStyle, type CodeStyle } from '../edit/code-style.ts'
import { nodeOf, parseSource, textOf } from '../edit/parse-source.ts'

export interface Project {
  readonly configFile: string
  readonly configText: string
  /** Of the config; paths in it start there. */
  readonly directory: string
  readonly style: CodeStyle
  /** Extension of new files. */
  readonly extension: '.ts' | '.js' | '.mjs'
  /** What an import of a local file ends with. */
  readonly importEnding: string
  /** A folder for tests, if the project has one; else they stand beside what they test. */
  readonly testFolder: string | undefined
}

export function readProject(configFile: string): Project {
  const directory = dirname(configFile)
  const configText = readFileSync(configFile, 'utf8')
  const source = configFile.endsWith('.json') ? undefined : parseSource(configText)
  const extension = extensionOf(configFile, directory)
  const imported = (source?.body ?? [])
    .filter(({ type }) => type === 'ImportDeclaration')
    .flatMap((one) => textOf(nodeOf(one['source'])) ?? [])
    .find((from) => from.startsWith('.'))
  return {
    configFile,
    configText,
    directory,
    style: source === undefined ? ownStyle : codeStyleOf(source),
    extension,
    importEnding: imported === undefined ? extension : extname(imported),
    testFolder: ['test', 'tests'].map((name) => join(directory, name)).find(existsSync),
  }
}

function extensionOf(configFile: string, directory: string): Project['extension'] {
  if (/\.m?ts$/.test(configFile) || existsSync(join(directory, 'tsconfig.json'))) return '.ts'
  return configFile.endsWith('.mjs') ? '.mjs' : '.js'
}

/** How one file imports another. */
export function importPath({ importEnding, extension }: Project, from: string, to: string): string {
  const path = relative(dirname(from), to).replaceAll('\\', '/')
  const ending = importEnding === '' ? '' : importEnding
  return `${path.startsWith('.') ? '' : './'}${path.slice(0, -extension.length)}${ending}`
}

/** Where the test of a file goes; `name` without an extension. */
export const testFileOf = ({ testFolder, extension }: Project, file: string, name: string): string =>
  join(testFolder ?? dirname(file), `${name}.test${extension}`)

/** What the project must have to run generated code, and has not. */
export function missingPackages({ directory }: Project): string[] {
  const has = (name: string): boolean => {
    for (let at = directory; ; at = dirname(at)) {
      if (existsSync(join(at, 'node_modules', name, 'package.json'))) return true
      if (dirname(at) === at) return false
    }
  }
  return ['zod', 'vitest'].filter((name) => !has(name))
}

/** A path as one would type it. */
export const shownPath = ({ directory }: Project, file: string): string =>
  relative(directory, file) || basename(file)
