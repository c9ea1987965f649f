/** Where documents come from: a store, or a backup. */
import type { Problem } from '../errors.ts'
import type { StorageDriver } from '../storage.ts'
import { readBackup } from './read-backup.ts'
import { sealed, type SealedDocument } from './seal.ts'

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined
  /** Called for what is no document; left out of the documents. */
  readonly onInvalid?: ((problem: Problem) => void) | undefined
}

export interface Source {
  /** For people, e.g. `json:./data`. */
  readonly label: string
  /** Everything, from the beginning, as often as it is called. */
  documents(options?: ReadOptions): AsyncIterable<SealedDocument>
  close(): Promise<void>
}

export const driverSource = (label: string, driver: StorageDriver, close: () => Promise<void>): Source => ({
  label,
  async *documents({ signal } = {}) {
    for await (const document of driver.export({ nowMs: Date.now(), signal })) yield sealed(document)
  },
  close,
})

export const backupSource = (file: string): Source => ({
  label: file,
  documents: ({ signal } = {}) => readBackup(file, signal),
  close: async () => {},
})
