import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { reasonOf } from '../errors.ts'

/** Writes a file that somebody asked for. @throws an error that says what to do */
export async function writeOutput(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(file, content)
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new Error(
      isMissing
        ? `${file} could not be written: there is no folder ${dirname(file)}. Make it first.`
        : `${file} could not be written: ${reasonOf(error)}. Make that place writable, or choose another one.`,
      { cause: error },
    )
  }
}
