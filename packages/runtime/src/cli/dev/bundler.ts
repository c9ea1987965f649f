/** Bundles the config and the project's own modules with esbuild, again and again; only what changed is read anew. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Esbuild from 'esbuild'
import type { ErrorReport } from '../report/error-report.ts'
import { bundlePlugin, placeNames } from './bundle-plugin.ts'
import { buildReport } from './build-report.ts'

/** Files to bundle, by the name that the bundle of each gets. */
export type Entries = Readonly<Record<string, string>>

export type Bundled =
  | {
      readonly type: 'built'
      /** Absolute paths of the bundles, by the names of the entries. */
      readonly files: Entries
      /** Absolute paths of everything that was read. */
      readonly inputs: readonly string[]
      /** Addresses of the modules that stay outside. */
      readonly outside: readonly string[]
      /** Of the code with its source map: equal means that nothing changed. */
      readonly hash: string
    }
  | { readonly type: 'failed'; readonly report: ErrorReport; readonly inputs: readonly string[] }

export interface BundlerOptions {
  readonly esbuild: typeof Esbuild
  /** Folder of the config. */
  readonly directory: string
  /** Gets a folder for each bundle. */
  readonly outDirectory: string
  readonly runtimeFolder: string
}

export interface Bundler {
  /** @param number names the folder of the result */
  bundle(entries: Entries, number: number): Promise<Bundled>
  /** Removes the bundles before that number. */
  tidy(before: number): Promise<void>
}

export function createBundler({ esbuild, directory, outDirectory, runtimeFolder }: BundlerOptions): Bundler {
  const read = new Set<string>()
  let context: { readonly key: string; readonly esbuild: Esbuild.BuildContext } | undefined

  async function contextFor(entries: Entries): Promise<Esbuild.BuildContext> {
    const key = JSON.stringify(entries)
    if (context?.key === key) return context.esbuild
    await context?.esbuild.dispose()
    const made = await esbuild.context({
      entryPoints: { ...entries },
      absWorkingDir: directory,
      // One folder deep, as the folders that the files are written to: paths in source maps hold there.
      outdir: join(outDirectory, 'build'),
      plugins: [bundlePlugin({ runtimeFolder, read })],
      banner: {
        js: `import { createRequire as __freeda_createRequire } from 'node:module'; const require = __freeda_createRequire(${JSON.stringify(pathToFileURL(join(directory, 'freeda.config.js')).href)});`,
      },
      ...settings,
    })
    context = { key, esbuild: made }
    return made
  }

  return {
    async bundle(entries, number) {
      read.clear()
      let result: Esbuild.BuildResult<{ write: false; metafile: true }>
      try {
        result = await (await contextFor(entries)).rebuild()
      } catch (error) {
        return { type: 'failed', report: buildReport(error, directory), inputs: [...read] }
      }
      const folder = join(outDirectory, String(number))
      await mkdir(folder, { recursive: true })
      await Promise.all(
        result.outputFiles.map(({ path, contents }) => writeFile(join(folder, basename(path)), contents)),
      )
      return {
        type: 'built',
        files: Object.fromEntries(Object.keys(entries).map((name) => [name, join(folder, `${name}.mjs`)])),
        inputs: Object.keys(result.metafile.inputs).map((path) => resolve(directory, path)),
        outside: outsideOf(result.metafile),
        hash: hashOf(result.outputFiles),
      }
    },
    async tidy(before) {
      const old = (await readdir(outDirectory)).filter((name) => Number(name) < before)
      await Promise.all(old.map((name) => rm(join(outDirectory, name), { recursive: true, force: true })))
    },
  }
}

const settings = {
  bundle: true,
  write: false,
  metafile: true,
  splitting: true,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  platform: 'node',
  target: `node${process.versions.node}`,
  // Of packages that have several variants, the one that Node takes.
  conditions: [],
  define: placeNames,
  // Names of functions and classes stay what the code says.
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  charset: 'utf8',
  logLevel: 'silent',
} as const satisfies Esbuild.BuildOptions

const outsideOf = ({ outputs }: Esbuild.Metafile): string[] => [
  ...new Set(
    Object.values(outputs)
      .flatMap((output) => output.imports)
      .filter(
        ({ external, kind, path }) =>
          external === true && kind === 'import-statement' && path.startsWith('file:'),
      )
      .map(({ path }) => path),
  ),
]

function hashOf(files: readonly Esbuild.OutputFile[]): string {
  const hash = createHash('sha1')
  for (const { path, contents } of files) hash.update(basename(path)).update(contents)
  return hash.digest('hex')
}
