/** The files of a project, from the templates and the answers. Pure but for reading the templates. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { ProjectAnswers } from './answers.ts'
import { applyConditions, type Facts } from './conditions.ts'

export interface RenderedFile {
  readonly text: string
  readonly executable: boolean
}

/** By path, with `/` between folders. */
export type Rendered = ReadonlyMap<string, RenderedFile>

/** Where a project remembers what it was made from. */
export const recordPath = '.freeda/template.json'

export interface TemplateRecord {
  /** Of create-freeda. */
  readonly version: string
  readonly answers: ProjectAnswers
}

/** @param version of create-freeda */
export function renderProject(templatesFolder: string, answers: ProjectAnswers, version: string): Rendered {
  const facts = factsOf(answers)
  const folders = [
    'base',
    'image',
    answers.template,
    ...(answers.auth ? ['auth'] : []),
    ...(answers.storage === 'dynamodb' ? ['infrastructure'] : []),
  ]
  const files = new Map<string, RenderedFile>()
  for (const folder of folders)
    for (const [path, file] of readTemplate(join(templatesFolder, folder)))
      files.set(path, { ...file, text: fill(path, file.text, answers, facts) })
  const record: TemplateRecord = { version, answers }
  files.set(recordPath, { text: `${JSON.stringify(record, undefined, 2)}\n`, executable: false })
  return new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

export function renderPackage(templatesFolder: string, kind: 'plugin' | 'driver', name: string): Rendered {
  const short = name.replace(/^@[^/]+\//, '').replace(/^freeda-(plugin-|driver-|storage-)?/, '')
  const camel = short.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  const files = new Map<string, RenderedFile>()
  for (const folder of ['package', kind])
    for (const [path, file] of readTemplate(join(templatesFolder, folder)))
      files.set(path, {
        ...file,
        text: applyConditions(file.text, { plugin: kind === 'plugin', driver: kind === 'driver' })
          .replaceAll('my-package', name)
          .replaceAll('my-thing', short)
          .replaceAll('myThing', camel)
          .replaceAll('MyThing', camel.charAt(0).toUpperCase() + camel.slice(1)),
      })
  return new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const factsOf = ({ storage, auth, cache = false }: ProjectAnswers): Facts => ({
  dynamodb: storage === 'dynamodb',
  json: storage === 'json',
  auth,
  cache,
})

function fill(path: string, text: string, answers: ProjectAnswers, facts: Facts): string {
  const named = text.replaceAll(/\bmy-app\b/g, answers.name)
  if (path === 'package.json') return fillManifest(named, answers)
  if (path === 'Dockerfile') return fillDockerfile(named, answers)
  // What comes from the one source of infrastructure has no marks.
  if (path.startsWith('infrastructure/parameters/')) return fillParameters(path, named, answers)
  if (path.startsWith('infrastructure/') || path === 'deploy.sh') return named
  return applyConditions(named.replaceAll('eu-central-1', answers.region), facts)
}

const installInImage: Readonly<
  Record<ProjectAnswers['packageManager'], readonly [lock: string, command: string]>
> = {
  npm: ['package-lock.json', 'npm ci --no-audit --no-fund'],
  pnpm: ['pnpm-lock.yaml', 'npm install --global pnpm && pnpm install --frozen-lockfile'],
  yarn: ['yarn.lock', 'corepack enable && yarn install --immutable'],
  bun: ['bun.lock', 'npm install --global bun && bun install --frozen-lockfile'],
}

/** The image of the infrastructure is for npm, and keeps no documents. */
function fillDockerfile(text: string, { packageManager, storage }: ProjectAnswers): string {
  const [lock, command] = installInImage[packageManager]
  const installing = text.replace('package-lock.json', lock).replace('npm ci --no-audit --no-fund', command)
  if (storage !== 'json') return installing
  return installing
    .replace(/(\nRUN .*freeda build.*\n)/, '$1RUN mkdir /empty\n')
    .replace(
      /(\nCOPY --from=build .*\n)/,
      '$1# Documents: one container at a time has them.\nENV DATA_DIR=/data\nCOPY --from=build --chown=1000:1000 /empty /data\nVOLUME /data\n',
    )
}

function fillParameters(path: string, text: string, { region, cache = false }: ProjectAnswers): string {
  const placed = text.replace(/("Region": *)"[^"]*"/, (_, key: string) => `${key}"${region}"`)
  // The others are for one instance, or for little money.
  const isShared = cache && /(staging|production)\.json$/.test(path)
  return isShared ? placed.replace('"Cache": "off"', '"Cache": "valkey"') : placed
}

/** JSON has no comments to put marks into. */
function fillManifest(text: string, { storage, auth, cache = false }: ProjectAnswers): string {
  const manifest = JSON.parse(text) as { dependencies: Record<string, string> }
  if (storage !== 'dynamodb') delete manifest.dependencies['@freeda/storage-dynamodb']
  if (!auth) delete manifest.dependencies['@freeda/auth']
  if (!cache) delete manifest.dependencies['@freeda/cache-redis']
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}

/** Files with these names mean something to npm when it packs, and to tools of this workspace, so their templates begin with `_`. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['_package.json', 'package.json'],
  ...['gitignore', 'prettierrc.json', 'prettierignore', 'oxlintrc.json', 'editorconfig', 'env.example'].map(
    (name): [string, string] => [`_${name}`, `.${name}`],
  ),
])

function readTemplate(folder: string): [path: string, file: RenderedFile][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const name = renamed.get(entry.name) ?? entry.name
      const path = relative(folder, join(entry.parentPath, name)).replaceAll('\\', '/')
      const executable = (statSync(file).mode & 0o100) !== 0
      return [path, { text: readFileSync(file, 'utf8'), executable }]
    })
}
