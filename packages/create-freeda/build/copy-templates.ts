/** Puts the templates into the package, with versions from the workspace, and the infrastructure from its one source. */
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Files of `infrastructure/` that stand at the root of a project; workflows go where GitHub looks, all others stay in that folder. */
const rootFiles = ['deploy.sh', 'Dockerfile', '.dockerignore']

/** Every project has an image; only those on AWS have the rest. */
const imageFiles = ['Dockerfile', '.dockerignore']

/** Into `dist` of the package. */
export function copyTemplates(workspace: string): void {
  const target = join(workspace, 'packages/create-freeda/dist/templates')
  cpSync(join(workspace, 'packages/create-freeda/templates'), target, { recursive: true })
  for (const file of globSync('*/_package.json', { cwd: target }))
    stampVersions(workspace, join(target, file))
  for (const { from, template, to } of infrastructureFiles(workspace)) {
    const copy = join(target, template, to)
    mkdirSync(dirname(copy), { recursive: true })
    cpSync(from, copy)
    chmodSync(copy, statSync(from).mode)
  }
}

export interface InfrastructureFile {
  /** Absolute. */
  readonly from: string
  /** The template that gets it. */
  readonly template: 'image' | 'infrastructure'
  /** Where it stands in a project. */
  readonly to: string
}

export function infrastructureFiles(workspace: string): InfrastructureFile[] {
  const folder = join(workspace, 'infrastructure')
  return globSync(['**/*', '**/.*'], { cwd: folder, withFileTypes: true, exclude: ['test'] })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const from = join(entry.parentPath, entry.name)
      const path = relative(folder, from).replaceAll('\\', '/')
      return {
        from,
        template: imageFiles.includes(path) ? 'image' : 'infrastructure',
        to: placeOf(path),
      }
    })
}

function placeOf(path: string): string {
  if (rootFiles.includes(path)) return path
  return path.startsWith('workflows/') ? `.github/${path}` : `infrastructure/${path}`
}

type Dependencies = Record<string, string>

/** Replaces `workspace` by the version that the workspace has and is tested with. */
function stampVersions(workspace: string, file: string): void {
  const manifest = readJson(file)
  for (const kind of ['dependencies', 'devDependencies', 'peerDependencies'])
    for (const [name, range] of Object.entries((manifest[kind] ?? {}) as Dependencies))
      if (range === 'workspace') (manifest[kind] as Dependencies)[name] = `^${versionOf(workspace, name)}`
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`)
}

function versionOf(workspace: string, name: string): string {
  const own = name.startsWith('@freeda/')
    ? join(workspace, 'packages', name.slice('@freeda/'.length))
    : undefined
  const folder = own ?? join(workspace, 'node_modules', name)
  return readJson(join(folder, 'package.json'))['version'] as string
}

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
