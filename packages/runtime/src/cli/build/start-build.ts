import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FreedaError } from '../../errors.ts'
import type { Terminal } from '../terminal.ts'
import { findBuild } from './find-build.ts'
import { isStale } from './sources.ts'

/**
 * Starts the built app in this process, as `node dist/server.js` does.
 * @returns whether there was one
 * @throws FREEDA_BUILD_MISSING when there is none, and it `isDemanded`
 */
export async function startBuild(
  { file, isDemanded }: { readonly file: string | undefined; readonly isDemanded: boolean },
  { err, paint }: Terminal,
): Promise<boolean> {
  const found = findBuild(process.cwd(), file)
  if (found === undefined) {
    if (isDemanded) throw new FreedaError('FREEDA_BUILD_MISSING', { searched: process.cwd() })
    return false
  }
  const { directory, manifest } = found
  const server = join(directory, 'server.js')
  err.write(
    `Starting ${relative(process.cwd(), server)}: ${manifest.name} ${manifest.version}, build ${manifest.build}.\n`,
  )
  if (isStale(found))
    err.write(
      `${paint('yellow', 'Its sources have changed since:', err)} run \`freeda build\`, or start them with --source.\n`,
    )
  await import(pathToFileURL(server).href)
  return true
}
