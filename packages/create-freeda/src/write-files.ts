/** Puts rendered files into a folder. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Rendered } from './render-project.ts'

/** @param folder an empty one: a file that is there already is an error */
export function writeFiles(folder: string, files: Rendered): void {
  for (const [path, { text, executable }] of files) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { flag: 'wx', mode: executable ? 0o755 : 0o644 })
  }
}
