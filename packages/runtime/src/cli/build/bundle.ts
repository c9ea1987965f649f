/** Makes the modules of a built app with esbuild, in memory. */
import { resolve } from 'node:path'
import type * as Esbuild from 'esbuild'
import { awsModules } from './aws-modules.ts'
import { builtins } from './builtins.ts'
import { largeJson } from './large-json.ts'
import { localFiles, type TakenFile } from './local-files.ts'
import { nativeModules, type NativeModule } from './native-modules.ts'
import { replacedModules } from './replaced-modules.ts'
import { mentionsLanguages, unusedLanguages } from './unused-languages.ts'

export interface BundleInput {
  /** Folder of the config; everything is resolved from it. */
  readonly directory: string
  readonly outDirectory: string
  readonly entry: string
  readonly external: readonly string[]
}

export interface Bundle {
  readonly files: readonly Esbuild.OutputFile[]
  readonly metafile: Esbuild.Metafile
  readonly errors: readonly Esbuild.Message[]
  readonly warnings: readonly Esbuild.Message[]
  readonly native: readonly NativeModule[]
  /** Files of the app that its code reads beside itself. */
  readonly taken: readonly TakenFile[]
}

/** In every chunk: CommonJS in the bundle requires what is not in it, as Node's own modules. */
const banner =
  "import { createRequire as __freedaCreateRequire } from 'node:module'; const require = __freedaCreateRequire(import.meta.url);"

/** What esbuild otherwise says only when asked for details: calls that stay as they are and find nothing at run time. */
const unresolvedCalls = {
  'unsupported-require-call': 'warning',
  'unsupported-dynamic-import': 'warning',
  'indirect-require': 'warning',
} as const

export async function bundleApp(esbuild: typeof Esbuild, input: BundleInput): Promise<Bundle> {
  const small = await bundleWith([unusedLanguages()], esbuild, input)
  return mentionsLanguages(small.metafile, input.directory) ? bundleWith([], esbuild, input) : small
}

async function bundleWith(
  plugins: readonly Esbuild.Plugin[],
  esbuild: typeof Esbuild,
  input: BundleInput,
): Promise<Bundle> {
  const native: NativeModule[] = []
  const taken = new Map<string, TakenFile>()
  const settled = await settle(
    esbuild.build({
      stdin: {
        contents: input.entry,
        resolveDir: input.directory,
        sourcefile: 'freeda-build.js',
        loader: 'js',
      },
      entryNames: 'main',
      // What is imported on demand stays apart, and is only loaded then.
      splitting: true,
      chunkNames: '[name]-[hash]',
      outdir: `${input.outDirectory}/app`,
      absWorkingDir: input.directory,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      // 'module' is among esbuild's own, which this list replaces.
      conditions: ['module', 'production'],
      // A third smaller, and read faster. Names stay: awilix reads those of parameters, and people those in stacks.
      minifyWhitespace: true,
      minifySyntax: true,
      // Where there are no maps, a line of a stack trace can still be found, and printed.
      lineLimit: 200,
      legalComments: 'none',
      sourcemap: 'linked',
      sourcesContent: false,
      banner: { js: banner },
      external: [...input.external],
      logLevel: 'silent',
      logOverride: unresolvedCalls,
      metafile: true,
      write: false,
      plugins: [
        nativeModules(native),
        builtins(),
        replacedModules(),
        largeJson(),
        awsModules(),
        localFiles(taken),
        ...plugins,
      ],
    }),
  )
  return { ...reached(settled, input.directory), native, taken: [...taken.values()] }
}

/** esbuild also writes what was imported on demand by code that it then left out, as the loader of TypeScript configs. */
function reached<T extends Pick<Bundle, 'files' | 'metafile'>>(built: T, directory: string): T {
  const { outputs } = built.metafile
  const names = new Set<string>()
  function reach(name: string): void {
    const output = outputs[name]
    if (output === undefined || names.has(name)) return
    names.add(name)
    for (const { path, external } of output.imports) if (external !== true) reach(path)
  }
  const main = Object.keys(outputs).find(
    (name) => outputs[name]!.entryPoint === '<stdin>' || name.endsWith('/main.js'),
  )
  if (main !== undefined) reach(main)
  const paths = new Set(
    [...names].flatMap((name) => [name, `${name}.map`]).map((name) => resolve(directory, name)),
  )
  return {
    ...built,
    files: built.files.filter(({ path }) => paths.has(path)),
    metafile: {
      ...built.metafile,
      outputs: Object.fromEntries(Object.entries(outputs).filter(([name]) => names.has(name))),
    },
  }
}

/** `health.js`: a file of its own that imports nothing of the app. */
export async function bundleHealth(
  esbuild: typeof Esbuild,
  { directory, entry }: Pick<BundleInput, 'directory' | 'entry'>,
): Promise<string> {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: entry, resolveDir: directory, sourcefile: 'freeda-health.js', loader: 'js' },
    absWorkingDir: directory,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'silent',
    write: false,
  })
  return outputFiles[0]!.text
}

/** What a failed build says is part of the result: everything that is wrong is reported together. */
async function settle(
  build: Promise<Esbuild.BuildResult<{ write: false; metafile: true }>>,
): Promise<Pick<Bundle, 'files' | 'metafile' | 'errors' | 'warnings'>> {
  try {
    const { outputFiles, metafile, warnings } = await build
    return { files: outputFiles, metafile, errors: [], warnings }
  } catch (error) {
    const { errors, warnings = [] } = error as Partial<Esbuild.BuildFailure>
    if (errors === undefined) throw error
    return { files: [], metafile: { inputs: {}, outputs: {} }, errors, warnings }
  }
}
