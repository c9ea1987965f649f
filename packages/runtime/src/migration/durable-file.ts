/** Files that are there as a whole or not at all, also after a power cut. */
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes the entries of a folder durable. Windows cannot sync a folder; NTFS journals its entries by itself. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Makes what was written to a file durable. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Gives a file that is durable its name. */
export async function publish(draft: string, path: string): Promise<void> {
  await rename(draft, path)
  await syncFolder(dirname(path))
}

/** Replaces a file by a text. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.tmp`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await publish(draft, path)
}
