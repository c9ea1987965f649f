/** Commands see an app in development as `freeda dev` would run it: with the variables of `.env`. */
import { join } from 'node:path'
import { readConfig } from '../config/load-config.ts'
import { isFreedaError, type Problem } from '../errors.ts'
import { modeOf } from '../mode-of.ts'
import { readEnvFile } from './dev/env-file.ts'

export interface UsedEnvFile {
  /** Variables that only the file sets. */
  readonly names: ReadonlySet<string>
  /** Why it was not used. */
  readonly problems: readonly Pick<Problem, 'at' | 'message' | 'fix'>[]
}

/** Adds the variables of `.env` beside the config to the environment; what is set there wins. */
export async function useEnvFile(file: string | undefined): Promise<UsedEnvFile> {
  if (modeOf(process.env['NODE_ENV']) !== 'development') return nothing
  const directory = await directoryOf(file)
  const read = directory === undefined ? undefined : readEnvFile(join(directory, '.env'))
  if (read === undefined) return nothing
  if (read.type === 'failed') return { ...nothing, problems: problemsOf(read.report) }
  const added = Object.entries(read.values).filter(([name]) => process.env[name] === undefined)
  for (const [name, value] of added) process.env[name] = value
  return { ...nothing, names: new Set(added.map(([name]) => name)) }
}

const nothing: UsedEnvFile = { names: new Set(), problems: [] }

/** Undefined when there is no config: whoever plans it says so. */
async function directoryOf(file: string | undefined): Promise<string | undefined> {
  try {
    return (await readConfig(process.cwd(), file, async () => ({}))).directory
  } catch (error) {
    if (isFreedaError(error)) return undefined
    throw error
  }
}

const problemsOf = ({ message, problems }: { message: string; problems: UsedEnvFile['problems'] }) =>
  problems.length > 0
    ? problems.map((each) => ({ ...each, at: `.env, ${each.at}` }))
    : [{ at: '.env', message }]
