import { builtinModules } from 'node:module'
import type { Plugin } from 'esbuild'

const atStart = 'node-builtin'
const onDemand = 'node-builtin-on-demand'

/**
 * Node's own modules by `require` instead of `import`. For an import Node reads every export of the module, whether it is
 * used or not: that of node:http alone loads fetch and WebSocket with it, 25 ms at every start.
 */
export const builtins = (): Plugin => ({
  name: 'freeda-builtins',
  setup(build) {
    build.onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path, kind }) => {
      const isBuiltin = path.startsWith('node:') || builtinModules.includes(path)
      if (!isBuiltin || (kind !== 'import-statement' && kind !== 'dynamic-import')) return undefined
      // A dynamic import may use any export: a module shared with it would read them all at the start.
      const namespace = kind === 'dynamic-import' ? onDemand : atStart
      return { path: path.replace(/^node:/, ''), namespace }
    })
    build.onLoad({ filter: /.*/, namespace: atStart }, ({ path }) => ({ contents: moduleOf(path) }))
    build.onLoad({ filter: /.*/, namespace: onDemand }, ({ path }) => ({ contents: moduleOnDemand(path) }))
  },
})

/** Each export is marked as without effect, so that only those that are used remain. */
function moduleOf(name: string): string {
  const found = process.getBuiltinModule(`node:${name}`) as Readonly<Record<string, unknown>> | undefined
  const names = Object.keys(found ?? {}).filter((key) => key !== 'default' && /^[A-Za-z_$][\w$]*$/.test(key))
  return [
    `const builtin = require('node:${name}')`,
    'const read = (name) => builtin[name]',
    'export default builtin',
    ...names.map((key, i) => `const export${i} = /* @__PURE__ */ read('${key}')`),
    `export { ${names.map((key, i) => `export${i} as ${key}`).join(', ')} }`,
  ].join('\n')
}

/**
 * What an `import()` gives, whose exports are read when they are used: it asks a namespace that has a `then` what it stands for.
 * Source: ECMAScript, ContinueDynamicImport, resolves a promise with the namespace.
 */
const moduleOnDemand = (name: string): string => `
const builtin = require('node:${name}')
const namespace = Object.defineProperty({}, 'default', { value: builtin, enumerable: true })
for (const name of Object.keys(builtin))
  if (name !== 'default') Object.defineProperty(namespace, name, { get: () => builtin[name], enumerable: true })
export const then = (resolve) => resolve(namespace)
`
