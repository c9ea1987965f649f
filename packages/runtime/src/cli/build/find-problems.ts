/** What would work from the sources and not from a bundle: all of it, each with what to do. */
import { existsSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { Message } from 'esbuild'
import type { Problem } from '../../errors.ts'
import type { Bundle } from './bundle.ts'
import { packageAround, type BundledPackage } from './bundled-packages.ts'

export interface Findings {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

export interface Findable {
  readonly directory: string
  /** Absolute paths of the modules in the bundle. */
  readonly files: readonly string[]
  readonly packages: readonly BundledPackage[]
  /** Packages, or files of the app, that are left as they are. */
  readonly allowed: readonly string[]
}

export function findProblems(bundle: Bundle, app: Findable): Findings {
  const name = placeNamer(app.directory)
  const included = new Set(app.files)
  const calls = bundle.warnings.filter(
    ({ id, location }) =>
      unresolved.has(id) && location !== null && included.has(resolve(app.directory, location.file)),
  )
  const problems = [
    ...bundle.errors.map((message) => errorProblem(message, name)),
    ...bundle.native.map(({ path, importer }) =>
      nativeProblem(name(importer), relative(app.directory, path)),
    ),
    ...app.packages.flatMap(addonProblem),
    ...calls.map((message) => callProblem(message, name(resolve(app.directory, message.location!.file)))),
    ...app.files.flatMap((file) => workerProblem(file, name(file))),
  ]
  const allowed = new Set(app.allowed)
  return {
    problems: onePerPlace(problems.filter(({ owner }) => owner === undefined || !allowed.has(owner))),
    warnings: onePerPlace(
      app.files.flatMap((file) => placeProblem(file, name(file))).filter(({ owner }) => !allowed.has(owner)),
    ),
  }
}

/** Which package, or which file of the app, a module belongs to: what `--external` and `--allow` take. */
interface Place {
  readonly owner: string
  readonly isPackage: boolean
  readonly at: string
}

const placeNamer =
  (directory: string) =>
  (file: string): Place => {
    const at = relative(directory, file)
    const inPackage = /[\\/]node_modules[\\/]/.test(file) || at.startsWith('..')
    const owner = inPackage ? packageAround(file)?.name : undefined
    return owner === undefined
      ? { owner: at, isPackage: false, at }
      : { owner, isPackage: true, at: `${owner} (${at})` }
  }

type Found = Problem & { readonly owner: string }

const leave = ({ owner, isPackage }: Place): string =>
  isPackage ? `Leave the package out with --external ${owner}, and install it beside the build` : ''

function nativeProblem(place: Place, addon: string): Found {
  return {
    code: 'native_module',
    owner: place.owner,
    at: place.at,
    message: `loads the compiled addon ${addon}, which a bundle cannot hold.`,
    fix: place.isPackage ? `${leave(place)}.` : 'Put it into a package, and leave that out with --external.',
  }
}

/** Packages that look for their addon by themselves: no import of a `.node` file can be seen. */
const addonLoaders = [
  'bindings',
  'node-gyp-build',
  'node-gyp-build-optional-packages',
  '@mapbox/node-pre-gyp',
  'prebuild-install',
]

function addonProblem({ name, directory, manifest }: BundledPackage): Found[] {
  const dependencies = Object.keys(manifest['dependencies'] ?? {})
  const isNative =
    manifest['gypfile'] === true ||
    existsSync(join(directory, 'binding.gyp')) ||
    addonLoaders.some((loader) => dependencies.includes(loader))
  if (!isNative) return []
  return [
    {
      code: 'native_module',
      owner: name,
      at: name,
      message: 'is a compiled addon, which a bundle cannot hold.',
      fix: `${leave({ owner: name, isPackage: true, at: name })}.`,
    },
  ]
}

const unresolved: ReadonlySet<string> = new Set([
  'unsupported-require-call',
  'unsupported-dynamic-import',
  'indirect-require',
])

function callProblem({ location }: Message, place: Place): Found {
  return {
    code: 'unresolved_import',
    owner: place.owner,
    at: `${place.at}:${location!.line}`,
    message: `loads a module whose name is only known at run time: ${location!.lineText.trim().slice(0, 80)}`,
    fix: place.isPackage
      ? `${leave(place)}; or, when your app never comes there, say --allow ${place.owner}.`
      : `Write the name as a literal; or, when it is no part of the app, say --allow ${place.owner}.`,
  }
}

const startsWorker = /\bnew\s+(?:\w+\s*\.\s*)?Worker\s*\(/

function workerProblem(file: string, place: Place): Found[] {
  const line = lineOf(file, startsWorker)
  if (line === undefined || !/worker_threads|import\.meta|__dirname/.test(readFileSync(file, 'utf8')))
    return []
  return [
    {
      code: 'worker_file',
      owner: place.owner,
      at: `${place.at}:${line}`,
      message: 'starts a worker from a file of its own, which is not in the bundle.',
      fix: place.isPackage
        ? `${leave(place)}; or, when your app starts no worker of it, say --allow ${place.owner}.`
        : `Put the worker into a package and leave that out with --external; or say --allow ${place.owner} and see to its file yourself.`,
    },
  ]
}

const asksForItsPlace = /\bimport\.meta\.(?:url|dirname|filename)\b|(?<![\w.$])__(?:dirname|filename)\b/

/** A warning only: most of it looks for something that a bundle does not need. */
function placeProblem(file: string, place: Place): Found[] {
  if (place.isPackage) return []
  const line = lineOf(file, asksForItsPlace, /new\s+URL\([^)]*import\.meta\.url/)
  if (line === undefined) return []
  return [
    {
      code: 'asks_for_its_place',
      owner: place.owner,
      at: `${place.at}:${line}`,
      message: 'asks where its file is; in the build that is dist/app.',
      fix: `To read a file beside it, write new URL('./file', import.meta.url), which is taken along; or say --allow ${place.owner}.`,
    },
  ]
}

/** Number of the first line outside comments that matches `sign` and not `unless`. */
function lineOf(file: string, sign: RegExp, unless?: RegExp): number | undefined {
  const text = readFileSync(file, 'utf8')
  if (!sign.test(text)) return undefined
  const line = text
    .split('\n')
    .findIndex((one) => sign.test(one) && !/^\s*(?:\/\/|\*|\/\*)/.test(one) && unless?.test(one) !== true)
  return line === -1 ? undefined : line + 1
}

/** What esbuild says: syntax errors, and imports that it does not find. */
function errorProblem(
  { id, text, location }: Message,
  name: (file: string) => Place,
): Problem & { owner: undefined } {
  const missing = /^Could not resolve "([^"]+)"/.exec(text)?.[1]
  const isPackage = missing !== undefined && !/^[./]/.test(missing)
  return {
    code: id === '' ? 'not_bundled' : id,
    owner: undefined,
    at:
      location === null
        ? 'build'
        : `${name(resolve(location.file)).at}:${location.line}:${location.column + 1}`,
    message: missing === undefined ? `${text}.` : `"${missing}" is not found.`,
    fix: isPackage
      ? `Install it (npm install ${packageName(missing)}), correct its name, or leave it out with --external ${packageName(missing)}.`
      : missing === undefined
        ? 'Mend what it says.'
        : 'Correct the path.',
  }
}

const packageName = (specifier: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier

/** A package that does the same in several files is named once. */
function onePerPlace(found: readonly (Problem & { owner: string | undefined })[]): Problem[] {
  const seen = new Set<string>()
  return found.flatMap(({ owner, ...problem }) => {
    const key = owner === undefined ? `${problem.at} ${problem.message}` : `${owner} ${problem.code}`
    if (seen.has(key)) return []
    seen.add(key)
    return [problem]
  })
}
