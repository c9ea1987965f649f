/** What a migration has done so far, in a file, so that it can go on after it was interrupted anywhere. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { FreedaError } from '../errors.ts'
import { replaceFile } from './durable-file.ts'

const counts = z.object({
  written: z.number(),
  replaced: z.number(),
  present: z.number(),
  kept: z.number(),
  expired: z.number(),
  leftOut: z.number(),
})

const checkpointSchema = z.object({
  freeda: z.literal('migration'),
  format: z.literal(1),
  from: z.string(),
  to: z.string(),
  startedAt: z.string(),
  /** Of the set of documents at the source. */
  digest: z.string(),
  documents: z.number(),
  /** What is copied; null: the source itself. */
  backup: z
    .object({ file: z.string(), bytes: z.number(), documents: z.number(), sha256: z.string() })
    .nullable(),
  /** Whether the target had no document when it began. */
  wasEmpty: z.boolean(),
  /** So many documents from the beginning are at the target. */
  done: z.number(),
  counts,
})
export type Checkpoint = z.output<typeof checkpointSchema>

export interface CheckpointFile {
  readonly path: string
  read(): Promise<Checkpoint | undefined>
  write(checkpoint: Checkpoint): Promise<void>
  remove(): Promise<void>
}

/** @throws FREEDA_MIGRATION_REFUSED from `read`, when the file is none that this version wrote */
export function checkpointFile(folder: string): CheckpointFile {
  const path = join(folder, 'checkpoint.json')
  return {
    path,
    async read() {
      let text: string
      try {
        text = await readFile(path, 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
      return parsed(path, text)
    },
    write: (checkpoint) => replaceFile(path, `${JSON.stringify(checkpoint, undefined, 2)}\n`),
    remove: () => rm(path, { force: true }),
  }
}

function parsed(path: string, text: string): Checkpoint {
  try {
    return checkpointSchema.parse(JSON.parse(text))
  } catch (error) {
    const problem = {
      code: 'checkpoint_unreadable',
      at: path,
      message: 'it is not a checkpoint that this version can read.',
      fix: 'Start anew with --restart.',
    }
    throw new FreedaError('FREEDA_MIGRATION_REFUSED', { problems: [problem] }, { cause: error })
  }
}

/** Makes the folder of a migration: for the owner only, and out of git, for there is customers' data in it. */
export async function makeWorkFolder(root: string, name: string): Promise<string> {
  const folder = join(root, name)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(join(root, '.gitignore'), '*\n')
  return folder
}
