/** `freeda build`: an app with everything that it needs, as a folder that runs anywhere with Node alone. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageOf, readConfig } from '../../config/load-config.ts'
import { FreedaError, type Problem } from '../../errors.ts'
import { bundleApp, bundleHealth, type Bundle } from './bundle.ts'
import { bundledFiles, bundledPackages, packageAround, type BundledPackage } from './bundled-packages.ts'
import { commitOf } from './commit-of.ts'
import { entryModule, healthModule, serverModule } from './entry-module.ts'
import { findProblems } from './find-problems.ts'
import { licenceText } from './licences.ts'
import { loadEsbuild } from './load-esbuild.ts'
import type { BuildManifest } from './manifest.ts'
import { readFacts, type ConfigFacts } from './read-facts.ts'
import { hashSources } from './sources.ts'
import { writeBuild, type BuildFile } from './write-build.ts'

export interface BuildOptions {
  readonly cwd: string
  /** The config file; else the nearest one. */
  readonly file?: string | undefined
  /** The output folder, from `cwd`. Default: `dist` beside the config. */
  readonly out?: string | undefined
  /** Packages that are not bundled, and must be installed beside the build. */
  readonly external?: readonly string[] | undefined
  /** Packages, or files of the app, of which it is known that what a bundle cannot do is not needed. */
  readonly allow?: readonly string[] | undefined
  /** Default: that of the CI that runs, or of the working tree. */
  readonly commit?: string | undefined
}

export interface Build {
  readonly directory: string
  readonly manifest: BuildManifest
  readonly files: readonly { readonly path: string; readonly bytes: number }[]
  /** What may not work, and does not stop the build. */
  readonly warnings: readonly Problem[]
}

/** @throws FREEDA_CONFIG_NOT_FOUND, FREEDA_CONFIG_LOAD, FREEDA_BUILD with all that cannot be bundled, FREEDA_BUILD_FOLDER */
export async function buildApp(options: BuildOptions): Promise<Build> {
  const found = await readConfig(options.cwd, options.file, async () => ({}))
  const { directory } = found
  const out = options.out === undefined ? join(directory, 'dist') : resolve(options.cwd, options.out)
  const external = options.external ?? []
  const esbuild = await loadEsbuild(directory)
  const facts = await readFacts(options.cwd, options.file)
  const own = packageOf(directory)
  const bundle = await bundleApp(esbuild, {
    directory,
    outDirectory: out,
    external: external.flatMap((name) => [name, `${name}/*`]),
    entry: entryModule({
      config: configImport(found),
      configName: basename(found.file),
      toDirectory: insideOf(directory, out) ? toUrlPath(relative(out, directory)) : '..',
      package: own,
      facts,
    }),
  })
  const files = bundledFiles(bundle.metafile, directory)
  const packages = bundledPackages(files, directory)
  const { problems, warnings } = findProblems(bundle, {
    directory,
    files,
    packages,
    allowed: [...alwaysAllowed, ...(options.allow ?? [])],
  })
  if (problems.length > 0) throw new FreedaError('FREEDA_BUILD', { file: found.file, problems })

  const health = await bundleHealth(esbuild, { directory, entry: healthModule(facts.health) })
  const code = [...codeFiles(bundle, out), { path: 'health.js', content: health }, ...docsFiles()]
  const manifest: BuildManifest = {
    format: 1,
    name: own.name ?? basename(directory),
    version: own.version ?? '0.0.0',
    build: hashOf(code),
    ...commitOf(directory, options.commit),
    freeda: packages.find(({ name }) => name === '@freeda/runtime')?.version ?? '',
    external: versionsOf(external, directory),
    health: facts.health,
    sources: hashSources(directory, ownSources(bundle, directory)),
  }
  const written: readonly BuildFile[] = [
    ...code,
    { path: 'server.js', content: serverModule(`${manifest.name} ${manifest.version}`, manifest.build) },
    { path: 'package.json', content: json(packageFile(manifest)) },
    { path: 'build.json', content: json(manifest) },
    {
      path: 'LICENSES.txt',
      content: licenceText(packages.filter(({ manifest: of }) => of['private'] !== true)),
    },
  ]
  await writeBuild(out, written)
  return {
    directory: out,
    manifest,
    files: written.map((file) => ({ path: file.path, bytes: sizeOf(file) })),
    warnings: [...configWarnings(facts), ...warnings],
  }
}

/** Both can load modules by name; a built app has them load none. */
const alwaysAllowed = ['@freeda/runtime', 'awilix']

/** `package.json#freeda` is a part of a file that is no config: its value goes into the build. */
const configImport = ({ file, exported }: { readonly file: string; readonly exported: unknown }) =>
  basename(file) === 'package.json' ? { value: exported } : { import: `./${basename(file)}` }

const insideOf = (directory: string, path: string): boolean => !relative(directory, path).startsWith('..')

const toUrlPath = (path: string): string => path.split(sep).map(encodeURIComponent).join('/')

/** Also those of which nothing is left, as of types: what they say may come to matter. */
const ownSources = ({ metafile, taken }: Bundle, directory: string): readonly string[] =>
  [
    ...Object.keys(metafile.inputs).map((path) => resolve(directory, path)),
    ...taken.map(({ from }) => from),
  ].filter(
    (file) => insideOf(directory, file) && !file.includes(`${sep}node_modules${sep}`) && existsSync(file),
  )

/** The chunks with their maps, and the files that the app's code reads. */
function codeFiles({ files, taken }: Bundle, out: string): BuildFile[] {
  const chunks = files.map(({ path, contents }) => ({
    path: toUrlPath(relative(out, path)),
    content: contents,
  }))
  const copies = taken.map(({ from, to }) => ({ path: `app/${to}`, content: { copyOf: from } }))
  return [...chunks, ...copies].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** What the docs page shows itself with; it is looked for beside the chunks. */
function docsFiles(): BuildFile[] {
  const folder = join(packageAround(dirname(fileURLToPath(import.meta.url)))!.directory, 'dist/swagger-ui')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .toSorted()
    .map((name) => ({ path: `app/swagger-ui/${name}`, content: { copyOf: join(folder, name) } }))
}

function hashOf(files: readonly BuildFile[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file.path}\0`).update(bytesOf(file)).update('\0')
  return hash.digest('hex').slice(0, 12)
}

const bytesOf = ({ content }: BuildFile): string | Uint8Array =>
  typeof content === 'object' && 'copyOf' in content ? readFileSync(content.copyOf) : content

const sizeOf = (file: BuildFile): number => Buffer.byteLength(bytesOf(file))

function versionsOf(names: readonly string[], directory: string): Record<string, string> {
  return Object.fromEntries(
    [...names].toSorted().map((name) => [name, installedVersion(name, directory)?.version ?? '*']),
  )
}

/** By folder: some packages hide their package.json from `require`. */
function installedVersion(name: string, directory: string): BundledPackage | undefined {
  const folder = join(directory, 'node_modules', name)
  if (existsSync(join(folder, 'package.json'))) return packageAround(folder)
  const parent = dirname(directory)
  return parent === directory ? undefined : installedVersion(name, parent)
}

/** Makes the folder one of ES modules wherever it is copied to, and lets npm install what is not in the bundle. */
const packageFile = ({ name, version, external }: BuildManifest) => ({
  name,
  version,
  private: true,
  type: 'module',
  main: 'server.js',
  ...(Object.keys(external).length === 0 ? {} : { dependencies: external }),
})

const configWarnings = ({ failure }: ConfigFacts): Problem[] =>
  failure === undefined
    ? []
    : [
        {
          code: 'config_not_run',
          at: 'config',
          message: `could not be run without its environment, to see which plugins it names as text: ${failure}`,
          fix: 'That does not matter if it imports all of them. Read variables with env() and secret(), which need no value to build.',
        },
      ]

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`
