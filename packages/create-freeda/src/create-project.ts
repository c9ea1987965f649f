/** Makes a project: questions, files, packages, repository, and what to do next. */
import { basename, relative, resolve } from 'node:path'
import {
  defaults,
  nameProblem,
  regionProblem,
  runningPackageManager,
  type Answers,
  type PackageManager,
} from './answers.ts'
import { ask, askName } from './ask.ts'
import { beginRepository } from './begin-repository.ts'
import type { CommandLine } from './command-line.ts'
import { Failure, reasonOf } from './failure.ts'
import { renderProject, type Rendered } from './render-project.ts'
import { steps } from './steps.ts'
import { checkTarget, openStaging } from './target-folder.ts'
import { writeFiles } from './write-files.ts'

export interface Package {
  readonly version: string
  readonly templatesFolder: string
}

export async function createProject(line: CommandLine, own: Package): Promise<void> {
  const interactive = !line.yes && process.stdin.isTTY === true && process.stdout.isTTY === true
  refuseRegion(line)
  let place = line.target === undefined && interactive ? undefined : placeOf(line.target ?? 'my-app', line)
  const preset = defaults(line.given.packageManager ?? runningPackageManager())
  let staging = place === undefined ? undefined : openStaging(place.folder)
  const release = onInterrupt(() => staging?.discard())
  let answers: Answers
  let files: Rendered
  let kept: string[]
  try {
    let others: Omit<Answers, 'name'> = { ...preset, ...line.given }
    if (interactive) {
      const { converse } = await import('./converse.ts')
      others = await converse(async (prompt) => {
        place ??= placeOf(await askName(prompt, (name) => placeOf(name, line)), line)
        return ask(prompt, line.given, preset)
      })
    }
    answers = { name: place!.name, ...others }
    const { git: _git, install: _install, ...project } = answers
    files = renderProject(own.templatesFolder, project, own.version)
    // Beside what it becomes: only there it can be renamed.
    staging ??= openStaging(place!.folder)
    writeFiles(staging.folder, files)
    kept = staging.finish()
  } catch (error) {
    staging?.discard()
    throw error instanceof Failure ? error : new Failure(`Nothing was made: ${reasonOf(error)}`)
  } finally {
    release()
  }
  report(place!, files, kept)
  await finish(place!, answers, line)
}

/** @throws Failure when no flag says it and the environment says what no region can be */
function refuseRegion({ given }: CommandLine): void {
  const { region } = defaults('npm')
  const problem = given.region === undefined ? regionProblem(region) : undefined
  if (problem !== undefined) throw new Failure(`AWS_REGION: ${problem} Correct it, or say --region.`, 2)
}

/** Until the files are in place, Ctrl-C leaves nothing behind. */
function onInterrupt(discard: () => void): () => void {
  const interrupt = () => {
    discard()
    process.stderr.write('\nNothing was made.\n')
    process.exit(130)
  }
  process.on('SIGINT', interrupt)
  return () => process.off('SIGINT', interrupt)
}

interface Place {
  readonly folder: string
  readonly name: string
}

/** @throws Failure when the folder's name cannot be that of a project, or when it holds something */
function placeOf(typed: string, { keepExisting }: CommandLine): Place {
  const folder = resolve(typed)
  const name = basename(folder)
  const problem = nameProblem(name)
  if (problem !== undefined) throw new Failure(problem, 2)
  checkTarget(folder, keepExisting)
  return { folder, name }
}

function report({ folder }: Place, files: Rendered, kept: readonly string[]): void {
  const top = [...new Set([...files.keys()].map((path) => path.split('/')[0]!))]
  console.log(`✔ ${shown(folder)}: ${files.size - kept.length} files (${top.join(', ')})`)
  if (kept.length > 0) console.log(`  These were there already and stay as they are: ${kept.join(', ')}`)
}

async function finish(place: Place, answers: Answers, line: CommandLine): Promise<void> {
  const { packageManager, git, install } = answers
  const todo: string[] = []
  let failure: Failure | undefined
  if (install)
    try {
      await steps().run(`packages (${packageManager} install)`, [packageManager, 'install'], place.folder)
    } catch (error) {
      failure = error as Failure
      todo.push(`${packageManager} install`)
    }
  else todo.push(`${packageManager} install`)
  if (git && failure?.exitCode !== 130) {
    const note = beginRepository(place.folder)
    console.log(note === undefined ? '✔ git repository with a first commit' : `  ${note}`)
    if (note !== undefined && line.given.git === true) failure ??= new Failure(note)
  }
  if (failure !== undefined)
    console.error(
      failure.exitCode === 130
        ? '\nInterrupted: the files are all there, the packages are not.'
        : `\nThe files are all there, but not everything else:\n\n${failure.message}`,
    )
  console.log(next(place, packageManager, todo))
  if (failure !== undefined) throw new Failure('', failure.exitCode)
}

function next({ folder }: Place, packageManager: PackageManager, todo: readonly string[]): string {
  const run = packageManager === 'npm' ? 'npm run' : packageManager === 'bun' ? 'bun run' : packageManager
  const path = relative('', folder)
  const commands = [
    ...(path === '' ? [] : [`cd ${/\s/.test(path) ? `'${path}'` : path}`]),
    ...todo,
    `${run} dev`,
    ...(todo.length > 0 && path !== ''
      ? []
      : [packageManager === 'bun' ? 'bun run test' : `${packageManager} test`]),
  ]
  return `\nNext:\n${commands.map((command) => `  ${command}`).join('\n')}\n`
}

const shown = (folder: string): string => relative('', folder) || '.'
