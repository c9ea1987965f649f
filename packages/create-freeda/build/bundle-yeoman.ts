/** Makes yeoman a part of the bundle: what it never uses here stays out, and what it reads from its own package is inlined. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plugin } from 'esbuild'

/** For what the scaffolder never does: finding and installing generators, running programs, editors, templates of yeoman. */
const unused: Readonly<Record<string, readonly string[]>> = {
  '@inquirer/external-editor': ['editAsync'],
  ejs: ['default'],
  execa: ['execa', 'execaSync', 'execaCommand', 'execaCommandSync'],
  'fly-import': ['FlyRepository', 'flyImport'],
  globby: ['globbySync'],
  'latest-version': ['default'],
  'read-package-up': ['readPackageUpSync'],
  'simple-git': ['simpleGit', 'CheckRepoActions', 'CleanOptions'],
}

/** Files of yeoman that read their package.json when they are loaded. */
const readers =
  /node_modules[\\/](yeoman-environment|yeoman-generator)[\\/]dist[\\/](environment-base|generator|module-lookup)\.js$/

export const bundleYeoman: Plugin = {
  name: 'bundle-yeoman',
  setup(build) {
    build.onResolve({ filter: /^[@a-z]/ }, ({ path }) =>
      path in unused ? { path, namespace: 'unused' } : undefined,
    )
    // Yeoman makes a `FlyRepository` at the start, and asks for a package.json that it does without.
    build.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({
      contents: `function Unused() {}
export { ${unused[path]!.map((name) => `Unused as ${name}`).join(', ')} }`,
    }))
    build.onLoad({ filter: readers }, ({ path }) => ({ contents: inlined(path) }))
  },
}

function inlined(path: string): string {
  const { name, version } = JSON.parse(readFileSync(join(dirname(path), '../package.json'), 'utf8')) as {
    name: string
    version: string
  }
  const facts = JSON.stringify({ name, version })
  const source = readFileSync(path, 'utf8')
  const result = source
    .replace("require('../package.json')", facts)
    .replace("JSON.parse(readFileSync(pathJoin(_dirname, '../package.json'), 'utf8'))", facts)
    .replace("JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json')).toString())", facts)
  if (result === source)
    throw new Error(`${path} no longer reads its package.json as it did: look at it again.`)
  return result
}
