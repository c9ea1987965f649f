/** Brings a later template into a project that was made from an older one, and keeps what its people changed. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { createTwoFilesPatch } from 'diff'
import { applyUpgrade } from './apply-upgrade.ts'
import { defaults, type ProjectAnswers } from './answers.ts'
import type { CommandLine } from './command-line.ts'
import type { Package } from './create-project.ts'
import { Failure, reasonOf } from './failure.ts'
import { planUpgrade, type FileUpgrade, type Files } from './plan-upgrade.ts'
import { recordPath, renderProject, type TemplateRecord } from './render-project.ts'
import { steps } from './steps.ts'

export async function upgradeProject(
  { target = '.', dryRun, base, allowDirty }: CommandLine,
  own: Package,
): Promise<void> {
  const folder = resolve(target)
  const record = readRecord(folder)
  if (!dryRun && !allowDirty) refuseDirty(folder)
  const next = renderProject(own.templatesFolder, record.answers, own.version)
  const old = base === undefined ? await fetchBase(record) : readFiles(resolve(base))
  const mine = new Map(
    [...new Set([...old.keys(), ...next.keys()])].flatMap((path) => {
      const text = readIfThere(join(folder, path))
      return text === undefined ? [] : [[path, text] as const]
    }),
  )
  const upgrades = planUpgrade(old, next, mine).filter(({ path }) => path !== recordPath)
  print(upgrades, mine)
  if (dryRun) return console.log(summary(upgrades, 'Nothing was changed (--dry-run).'))
  const { text } = next.get(recordPath)!
  applyUpgrade(folder, [...upgrades, { path: recordPath, kind: 'change', text, conflicts: [] }])
  console.log(summary(upgrades, `The project is at template ${own.version}, from ${record.version}.`))
  // With other changes around it would take those too.
  if (!allowDirty) console.log(wayBack(upgrades))
  if (upgrades.some(({ conflicts }) => conflicts.length > 0)) throw new Failure('', 1)
}

/** @throws Failure when the project was not made by create-freeda */
function readRecord(folder: string): TemplateRecord {
  const file = join(folder, recordPath)
  try {
    const { version, answers } = JSON.parse(readFileSync(file, 'utf8')) as {
      version: string
      answers: Partial<ProjectAnswers> & Pick<ProjectAnswers, 'name' | 'packageManager'>
    }
    const { git: _git, install: _install, ...preset } = defaults(answers.packageManager)
    return { version, answers: { ...preset, ...answers } }
  } catch (error) {
    throw new Failure(
      existsSync(file)
        ? `${file} cannot be read: ${reasonOf(error)}`
        : `There is no ${recordPath} in ${folder}, so it is not known what it was made from. Run this in a project that create-freeda made.`,
    )
  }
}

/** @throws Failure when a folder is there */
function readIfThere(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Failure(
      `${file} cannot be read, where the template has a file: ${reasonOf(error)}\nNothing was changed.`,
    )
  }
}

function refuseDirty(folder: string): void {
  const { status, stdout } = spawnSync('git', ['status', '--porcelain'], { cwd: folder, encoding: 'utf8' })
  const way = 'or add --allow-dirty. `--dry-run` shows what would change.'
  if (status !== 0)
    throw new Failure(
      `${folder} is in no git repository, so a change could not be taken back. Begin one, ${way}`,
    )
  if (stdout !== '')
    throw new Failure(`There are changes that git does not have yet. Commit them first, ${way}`)
}

/** Has the old create-freeda make the project once more. */
async function fetchBase({ version, answers }: TemplateRecord): Promise<Files> {
  const folder = mkdtempSync(join(tmpdir(), 'create-freeda-'))
  const { name, template, storage, region, auth, cache, packageManager } = answers
  const flags = [
    '--template',
    template,
    '--storage',
    storage,
    '--region',
    region,
    '--package-manager',
    packageManager,
  ]
  const command = [
    'npm',
    'exec',
    '--yes',
    '--',
    `create-freeda@${version}`,
    name,
    '--yes',
    '--no-git',
    '--no-install',
  ]
  try {
    await steps().run(
      `template ${version}, to see what you changed`,
      // A template from before the flag does not know it.
      [...command, ...flags, auth ? '--auth' : '--no-auth', ...(cache === true ? ['--cache'] : [])],
      folder,
    )
    return readFiles(join(folder, name))
  } catch (error) {
    const reason = reasonOf(error)
    throw new Failure(
      `The template of this project (create-freeda ${version}) could not be fetched:\n\n${reason}\n\nNothing was changed.`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readFiles(folder: string): Files {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return new Map(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name)
      return [relative(folder, file).replaceAll('\\', '/'), readFileSync(file, 'utf8')]
    }),
  )
}

function print(upgrades: readonly FileUpgrade[], mine: Files): void {
  for (const { path, kind, text = '', conflicts, note } of upgrades) {
    if (note !== undefined) console.log(`${path}: left as it is, as ${note}.\n`)
    else
      console.log(
        createTwoFilesPatch(
          kind === 'add' ? '/dev/null' : path,
          kind === 'remove' ? '/dev/null' : path,
          mine.get(path) ?? '',
          text,
        ).replace(/^=+\n/, ''),
      )
    for (const conflict of conflicts) console.log(`CONFLICT in ${path}, ${conflict}`)
  }
}

function summary(upgrades: readonly FileUpgrade[], end: string): string {
  const count = (kind: FileUpgrade['kind']) => upgrades.filter((one) => one.kind === kind).length
  const conflicts = upgrades.filter((one) => one.conflicts.length > 0).map(({ path }) => path)
  return [
    upgrades.length === 0
      ? 'The template brings nothing new.'
      : `${count('add')} added, ${count('change')} changed, ${count('remove')} removed, ${count('keep')} left as they are.`,
    ...(conflicts.length === 0
      ? []
      : [
          `Look at the conflicts in ${conflicts.join(', ')}: search for "<<<<<<<" in text; in package.json your value stands.`,
        ]),
    end,
  ].join('\n')
}

/** git knows nothing yet of files that are new. */
function wayBack(upgrades: readonly FileUpgrade[]): string {
  const added = upgrades.filter(({ kind }) => kind === 'add').map(({ path }) => path)
  const rest = added.length === 0 ? '' : `, once you have removed what was added: ${added.join(', ')}`
  return `\`git restore .\` takes it back${rest}.`
}
