/** Makes yeoman fit into one file: what it never uses here stays out, and what it reads from its own package is inlined. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plugin } from 'esbuild'

/** Loaded on demand for things that the scaffolder never does: installing generators, opening an editor, asking a registry. */
const unused = /^(fly-import|@inquirer\/external-editor|latest-version|simple-git)$/

/** Files of yeoman that read their package.json when they are loaded. */
const readers =
  /node_modules[\\/](yeoman-environment|yeoman-generator)[\\/]dist[\\/](environment-base|generator|module-lookup)\.js$/

/** Under every name by which they are imported; yeoman makes a `FlyRepository` at the start and never asks it for anything. */
const nothing = `class Unused {}
export { Unused as default, Unused as FlyRepository, Unused as flyImport, Unused as simpleGit, Unused as CheckRepoActions, Unused as CleanOptions, Unused as editAsync }`

export const yeomanInOneFile: Plugin = {
  name: 'yeoman-in-one-file',
  setup(build) {
    build.onResolve({ filter: unused }, ({ path }) => ({ path, namespace: 'unused' }))
    build.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: nothing }))
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
