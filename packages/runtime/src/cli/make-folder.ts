import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it, one by one: Node's own `recursive` never ends where the system answers ENOENT for a
 * parent that is there, as in /proc.
 * @returns the first one that was made; undefined when the folder was there
 */
export function makeFolder(folder: string): string | undefined {
  if (existsSync(folder)) return undefined
  const first = makeFolder(dirname(folder))
  mkdirSync(folder)
  return first ?? folder
}
