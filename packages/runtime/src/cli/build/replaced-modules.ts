import type { Plugin } from 'esbuild'

interface Replacement {
  readonly specifier: string
  /** Package whose modules get it instead; default: all. */
  readonly importer?: string
  readonly contents: string
  /** Only where the module itself is not to be found. */
  readonly whereMissing?: true
}

/** Calls what it stands for, which is run only then. */
const postponed = (importer: string, specifier: string, names: readonly string[]): Replacement => ({
  importer,
  specifier,
  contents: [
    `module.exports = (...args) => require('${specifier}')(...args)`,
    ...names.map((name) => `module.exports.${name} = (...args) => require('${specifier}').${name}(...args)`),
  ].join('\n'),
})

/**
 * What takes long at every start, and is seldom or never needed: koa's lists of media types (15 ms), and the search for
 * modules in folders that awilix offers (6 ms). They remain in the bundle, and run when they are first called.
 */
const replacements: readonly Replacement[] = [
  postponed('koa', 'accepts', []),
  postponed('koa', 'type-is', ['is', 'hasBody', 'normalize', 'match']),
  postponed('koa', 'mime-types', ['charset', 'contentType', 'extension', 'lookup']),
  {
    importer: 'awilix',
    specifier: 'fast-glob',
    contents: "export default { sync: (...args) => require('fast-glob').sync(...args) }",
  },
  // It loads configs in TypeScript with it, which nobody does in a built app; most projects do not have it as a dependency.
  {
    importer: 'cosmiconfig',
    specifier: 'typescript',
    whereMissing: true,
    contents:
      "throw Object.assign(new Error(\"Cannot find module 'typescript'\"), { code: 'MODULE_NOT_FOUND' })",
  },
  // pino requires it for transports, which run a file of their own in a worker; a bundle holds no such file.
  {
    specifier: 'thread-stream',
    contents: `module.exports = class ThreadStream {
  constructor() {
    throw new Error('A transport of pino needs files that a built app does not hold. Build with --external pino, or write to stdout.')
  }
}`,
  },
]

const namespace = 'freeda-replaced'

/** Marks a question that is to be answered without replacements. */
const asItIs = Symbol('as it is')

export const replacedModules = (): Plugin => ({
  name: 'freeda-replaced-modules',
  setup(build) {
    const specifiers = [...new Set(replacements.map(({ specifier }) => specifier))]
    build.onResolve({ filter: new RegExp(`^(${specifiers.join('|')})$`) }, async (args) => {
      if (args.namespace === namespace || args.pluginData === asItIs) return undefined
      const found = replacements.find(
        ({ specifier, importer }) =>
          specifier === args.path && (importer === undefined || isIn(importer, args.importer)),
      )
      if (found === undefined) return undefined
      if (found.whereMissing === true) {
        const { importer, kind, resolveDir } = args
        const real = await build.resolve(args.path, { importer, kind, resolveDir, pluginData: asItIs })
        if (real.errors.length === 0) return real
      }
      return {
        path: `${found.importer ?? 'any'}/${found.specifier}`,
        namespace,
        pluginData: { contents: found.contents, resolveDir: args.resolveDir },
      }
    })
    build.onLoad({ filter: /.*/, namespace }, ({ pluginData }) => ({
      ...(pluginData as { contents: string; resolveDir: string }),
      loader: 'js',
    }))
  },
})

const isIn = (name: string, file: string): boolean =>
  file.split(/[\\/]/).join('/').includes(`/node_modules/${name}/`)
