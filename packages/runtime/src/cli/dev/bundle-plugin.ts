/** How the modules of an app are found and read for `freeda dev`: as Node would, from where they are. */
import { readFile, realpath } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { dirname, extname, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ImportKind, Loader, OnLoadResult, OnResolveResult, Plugin } from 'esbuild'

export interface BundlePluginOptions {
  /** Stays one module for the engine and the app. */
  readonly runtimeFolder: string
  /** Gets every file of code that is read. */
  readonly read: Set<string>
}

const ours = Symbol('resolved by this plugin')
const builtin = new Set(builtinModules)
const code = /\.[cm]?[jt]sx?$/

/** Installed packages stay outside, by their absolute path, since the bundle lies in another folder. */
export const bundlePlugin = ({ runtimeFolder, read }: BundlePluginOptions): Plugin => ({
  name: 'freeda-dev',
  setup(build) {
    build.onResolve(
      { filter: /^[^./]/ },
      async ({ path, kind, importer, resolveDir, namespace, pluginData, with: attributes }) => {
        if (pluginData === ours || kind === 'entry-point' || namespace !== 'file') return undefined
        if (path.startsWith('node:') || builtin.has(path)) return { path, external: true }
        const found = await build.resolve(path, {
          kind,
          importer,
          resolveDir,
          namespace,
          pluginData: ours,
          with: attributes,
        })
        // esbuild says it once more, with the place.
        if (found.errors.length > 0 || found.external || found.namespace !== 'file') return undefined
        const file = await realpath(found.path)
        const isOwn = !file.includes(`${sep}node_modules${sep}`) && !file.startsWith(runtimeFolder)
        return isOwn ? { path: file } : outside(file, kind)
      },
    )
    build.onResolve({ filter: /\.node$/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      if (pluginData === ours) return undefined
      const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: ours })
      return found.errors.length > 0 ? undefined : outside(found.path, kind)
    })
    build.onLoad({ filter: code, namespace: 'file' }, ({ path }) => {
      read.add(path)
      return withItsPlace(path)
    })
  },
})

const outside = (file: string, kind: ImportKind): OnResolveResult => ({
  path: kind.startsWith('require') ? file : pathToFileURL(file).href,
  external: true,
})

/** What stands for the place of a module: in a bundle, `import.meta` is that of the bundle. */
export const placeNames = {
  'import.meta.url': '__freeda_url',
  'import.meta.filename': '__freeda_filename',
  'import.meta.dirname': '__freeda_dirname',
  __filename: '__freeda_filename',
  __dirname: '__freeda_dirname',
} as const

async function withItsPlace(path: string): Promise<OnLoadResult | undefined> {
  const source = await readFile(path, 'utf8')
  if (!/\bimport\.meta\b|\b__(?:file|dir)name\b/.test(source)) return undefined
  const values = {
    __freeda_url: pathToFileURL(path).href,
    __freeda_filename: path,
    __freeda_dirname: dirname(path),
  }
  const declared = Object.entries(values).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  // On the first line, so that the others keep their numbers.
  return {
    contents: `var ${declared.join(',')};${source.replace(/^#!/, '//')}`,
    loader: extname(path).slice(1).replace(/^[cm]/, '') as Loader,
    resolveDir: dirname(path),
  }
}
