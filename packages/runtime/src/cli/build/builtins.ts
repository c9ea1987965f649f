import { builtinModules } from 'node:module'
import type { Plugin } from 'esbuild'

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
      return { path: path.replace(/^node:/, ''), namespace: 'node-builtin' }
    })
    build.onLoad({ filter: /.*/, namespace: 'node-builtin' }, ({ path }) => ({
      contents: moduleOf(path),
      loader: 'js',
    }))
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
