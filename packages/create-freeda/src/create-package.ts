/** Makes a package to be published: a plugin or a storage driver. */
import { basename, resolve } from 'node:path'
import { runningPackageManager } from './answers.ts'
import { beginRepository } from './begin-repository.ts'
import type { CommandLine } from './command-line.ts'
import type { Package } from './create-project.ts'
import { Failure, reasonOf } from './failure.ts'
import { renderPackage } from './render-project.ts'
import { steps } from './steps.ts'
import { checkTarget, openStaging } from './target-folder.ts'
import { writeFiles } from './write-files.ts'

export async function createPackage(
  kind: 'plugin' | 'driver',
  { target, given, keepExisting }: CommandLine,
  { templatesFolder }: Package,
): Promise<void> {
  if (target === undefined)
    throw new Failure(`How is it called? npm create freeda@latest -- ${kind} freeda-my-${kind}`, 2)
  const folder = resolve(target)
  const name = basename(folder)
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 60)
    throw new Failure(
      `"${name}" cannot name a package here: use at most 60 lower-case letters, digits and "-".`,
      2,
    )
  checkTarget(folder, keepExisting)
  const staging = openStaging(folder)
  let kept: string[]
  const files = renderPackage(templatesFolder, kind, name)
  try {
    writeFiles(staging.folder, files)
    kept = staging.finish()
  } catch (error) {
    staging.discard()
    throw error instanceof Failure ? error : new Failure(`Nothing was made: ${reasonOf(error)}`)
  }
  console.log(`✔ ${target}: ${files.size - kept.length} files`)
  if (kept.length > 0) console.log(`  These were there already and stay as they are: ${kept.join(', ')}`)
  await finish(folder, target, given.packageManager ?? runningPackageManager(), given)
}

async function finish(
  folder: string,
  target: string,
  packageManager: string,
  { install = true, git = true }: CommandLine['given'],
): Promise<void> {
  let failure: Failure | undefined
  if (install)
    try {
      await steps().run(`packages (${packageManager} install)`, [packageManager, 'install'], folder)
    } catch (error) {
      failure = error as Failure
    }
  const note = git ? beginRepository(folder) : undefined
  if (note !== undefined) console.log(`  ${note}`)
  if (failure !== undefined)
    console.error(`\nThe files are all there, the packages are not:\n\n${failure.message}`)
  const open = install && failure === undefined ? [] : [`${packageManager} install`]
  const commands = [`cd ${target}`, ...open, `${packageManager} test`, `${packageManager} run build`]
  console.log(`\nNext:\n${commands.map((command) => `  ${command}`).join('\n')}\n`)
  if (failure !== undefined) throw new Failure('', failure.exitCode)
}
