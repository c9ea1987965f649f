/** Whether the `@freeda/*` packages of a project fit together. */
import { createRequire } from 'node:module'
import { readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Finding } from '../../doctor.ts'

export interface FoundPackage {
  readonly name: string
  readonly version: string
  /** Where it really is. */
  readonly path: string
}

/** Every copy of an `@freeda/*` package that the folder or one of its packages would find. */
export async function findPackages(directory: string): Promise<FoundPackage[]> {
  const folders = (await Promise.all(above(directory).map(scopesUnder))).flat()
  const found = await Promise.all(folders.map(packagesIn))
  return [...new Map(found.flat().map((each) => [each.path, each])).values()].toSorted((a, b) =>
    a.path < b.path ? -1 : 1,
  )
}

const above = (directory: string): string[] =>
  dirname(directory) === directory ? [directory] : [directory, ...above(dirname(directory))]

/** The scope itself, and those that packages brought along: a second copy hides there. With pnpm they lie in `.pnpm`. */
async function scopesUnder(directory: string): Promise<string[]> {
  const modules = join(directory, 'node_modules')
  const names = await namesIn(modules)
  const scoped = await Promise.all(
    names
      .filter((name) => name.startsWith('@'))
      .map(async (scope) => (await namesIn(join(modules, scope))).map((name) => `${scope}/${name}`)),
  )
  const holders = [
    ...names.filter((name) => !name.startsWith('@') && !name.startsWith('.')),
    ...scoped.flat(),
  ]
  const pnpm = (await namesIn(join(modules, '.pnpm'))).filter((name) => name.startsWith('@freeda+'))
  return [
    join(modules, '@freeda'),
    ...holders.map((name) => join(modules, name, 'node_modules/@freeda')),
    ...pnpm.map((name) => join(modules, '.pnpm', name, 'node_modules/@freeda')),
  ]
}

async function packagesIn(scope: string): Promise<FoundPackage[]> {
  const found = await Promise.all((await namesIn(scope)).map((name) => packageAt(join(scope, name))))
  return found.filter((each) => each !== undefined)
}

async function packageAt(path: string): Promise<FoundPackage | undefined> {
  try {
    const { name, version } = JSON.parse(await readFile(join(path, 'package.json'), 'utf8')) as FoundPackage
    return { name, version, path: await realpath(path) }
  } catch {
    return undefined
  }
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

/** Where the program that runs now comes from. */
export const ownRuntime = (): string =>
  dirname(createRequire(import.meta.url).resolve('@freeda/runtime/package.json'))

/** @param own folder of the runtime that runs this command. Pure. */
export function checkPackages(found: readonly FoundPackage[], own: string): Finding[] {
  if (!found.some(({ name }) => name === '@freeda/runtime'))
    return [
      {
        id: 'packages',
        severity: 'warning',
        message: 'This project has no @freeda/runtime of its own; the command comes from elsewhere.',
        fix: 'npm install @freeda/runtime',
      },
    ]
  const findings = [...copies(found), ...versions(found), ...foreign(found, own)]
  if (findings.length > 0) return findings
  return [
    {
      id: 'packages',
      severity: 'ok',
      message: `${found.map(({ name }) => name).join(', ')}: all ${found[0]!.version}, one copy each.`,
    },
  ]
}

function copies(found: readonly FoundPackage[]): Finding[] {
  return [...new Set(found.map(({ name }) => name))].flatMap((name) => {
    const all = found.filter((each) => each.name === name)
    return all.length === 1
      ? []
      : [
          {
            id: 'packages.duplicate',
            severity: 'warning' as const,
            message: `${name} is there ${all.length} times: ${all.map(({ version, path }) => `${version} in ${path}`).join(', ')}.`,
            fix: `Make every package ask for the same version (\`npm ls ${name}\` says which does not), then \`npm dedupe\`.`,
          },
        ]
  })
}

/** They are published together, and tested with nothing else. */
function versions(found: readonly FoundPackage[]): Finding[] {
  const different = [...new Set(found.map(({ version }) => version))]
  if (different.length === 1) return []
  const names = [...new Set(found.map(({ name }) => name))]
  return [
    {
      id: 'packages.mismatch',
      severity: 'warning',
      message: `Versions differ: ${found.map(({ name, version }) => `${name} ${version}`).join(', ')}.`,
      fix: `npm install ${names.map((name) => `${name}@latest`).join(' ')}`,
    },
  ]
}

function foreign(found: readonly FoundPackage[], own: string): Finding[] {
  if (found.some(({ path }) => path === own)) return []
  return [
    {
      id: 'packages.foreign',
      severity: 'warning',
      message: `This command comes from ${own}, not from the project.`,
      fix: 'Run it with npx, or as a script of package.json.',
    },
  ]
}
