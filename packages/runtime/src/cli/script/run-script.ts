/** Runs a script with the app at hand. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { LoadedConfig } from '../../config/load-config.ts'
import { openApp, type ScriptContext } from '../../open-app.ts'
import { UsageError } from '../command.ts'
import { withApp } from './with-app.ts'
import { stderrLog } from './stderr-log.ts'

type Script = (context: ScriptContext) => unknown

/**
 * @param file relative to the working directory
 * @returns the exit code: the number that the script returns, else 0; that of the signal when one came
 * @throws UsageError, what `start` throws, and what the script throws; the app is stopped then
 */
export async function runScript(
  file: string,
  args: readonly string[],
  config: string | undefined,
): Promise<number> {
  const path = resolve(file)
  if (!existsSync(path)) throw new UsageError(`There is no file ${path}.`)
  let script: Script | undefined
  // A script that cannot be read should not cost a start of the app.
  const before = async (loaded: LoadedConfig) => {
    script = await importScript(path, loaded)
  }
  const outcome = await withApp(
    () => openApp({ ...(config === undefined ? {} : { file: config }), logTo: stderrLog(), before }),
    async (app, signal) => {
      const { collections, services, collection, get, log } = app
      return script!({ app, collections, services, collection, get, log, args, signal })
    },
  )
  if (outcome.interrupted) return outcome.code
  return typeof outcome.result === 'number' ? outcome.result : 0
}

async function importScript(path: string, loaded: LoadedConfig): Promise<Script> {
  const exported = await loaded.importPlugin(path)
  if (typeof exported === 'function') return exported as Script
  throw new UsageError(
    `${path} has no function as its default export. Write \`export default async ({ collections }) => { … }\`.`,
  )
}
