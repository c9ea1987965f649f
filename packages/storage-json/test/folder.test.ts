import { execFileSync } from 'node:child_process'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { contents, freshFolder, open } from './support.ts'

/** Mounts a file system in memory; unmounted after the test. */
async function mounted(options: string): Promise<string> {
  const directory = join(await freshFolder(), 'mounted')
  await mkdir(directory)
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory])
  onTestFinished(() => void execFileSync('umount', [directory]))
  return directory
}

/** Why this process cannot mount anything; undefined when it can. */
async function whyNoMounts(): Promise<string | undefined> {
  const directory = join(import.meta.dirname, `.mount-${process.pid}`)
  await mkdir(directory)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory], { stdio: 'pipe' })
    execFileSync('umount', [directory])
    return undefined
  } catch (error) {
    return `mount does not work here: ${String(error).split('\n')[0]}`
  } finally {
    await rm(directory, { recursive: true })
  }
}

const noMounts = await whyNoMounts()
const because = noMounts === undefined ? '' : ` (skipped: ${noMounts})`

describe('a data folder', () => {
  it('is made with its parents, for the owner only', async () => {
    const directory = join(await freshFolder(), 'a', 'b')
    const { notes } = await open(directory)
    await notes.create({ text: 'a' })
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect((await stat(join(directory, 'journal.1.jsonl'))).mode & 0o777).toBe(0o600)
  })

  it('cannot be a file', async () => {
    const file = join(await freshFolder(), 'file')
    await writeFile(file, '')
    for (const directory of [file, join(file, 'below')]) {
      await expect(open(directory)).rejects.toMatchObject({ code: 'FREEDA_STORAGE_FOLDER' })
      await expect(open(directory)).rejects.toThrow(/not a folder.*(EEXIST|ENOTDIR).*Remove the file/)
    }
  })

  it.runIf(process.platform === 'linux')('cannot be where no folder can be', async () => {
    await expect(open('/proc/freeda')).rejects.toThrow(/cannot be used: .*\(ENOENT\).*give another folder/)
  })

  it.skipIf(noMounts !== undefined)(`cannot be on a read-only file system${because}`, async () => {
    const directory = await mounted('size=64k,ro')
    await expect(open(directory)).rejects.toMatchObject({ code: 'FREEDA_STORAGE_FOLDER' })
    await expect(open(directory)).rejects.toThrow(/read-only \(EROFS\).*Mount it with write access/)
  })

  it.skipIf(noMounts !== undefined)(`cannot be on a full disk${because}`, async () => {
    const directory = await mounted('size=64k')
    await writeFile(join(directory, 'ballast'), Buffer.alloc(64 * 1024)).catch(() => {})
    await expect(open(directory)).rejects.toThrow(/disk is full \(ENOSPC\).*Free space/)
  })
})

describe('a disk that runs full', () => {
  it.skipIf(noMounts !== undefined)(
    `loses no acknowledged write, stops the service, and works again after space was freed${because}`,
    async () => {
      const directory = await mounted('size=1m')
      await writeFile(join(directory, 'ballast'), Buffer.alloc(500 * 1024))
      const opened = await open(directory, { tuning: { snapshotMinBytes: 40_000, snapshotRetryMs: 0 } })
      const acknowledged: Record<string, string> = {}
      const text = 'x'.repeat(1000)
      const failures: Error[] = []
      for (let n = 0; failures.length === 0; n++) {
        expect(n).toBeLessThan(1000)
        await opened.notes.create({ text }, { id: `n${n}` }).then(
          () => (acknowledged[`n${n}`] = `1 ${text}`),
          (error: Error) => failures.push(error),
        )
      }
      expect(failures[0]).toMatchObject({
        code: 'FREEDA_TIMEOUT',
        message: expect.stringMatching(/disk of .* is full \(ENOSPC\)/) as string,
      })
      await expect(opened.driver.health({ nowMs: 0 })).rejects.toThrow('is full')
      expect(opened.logged.join()).toContain('could not take a snapshot')
      await opened.driver.close()

      await rm(join(directory, 'ballast'))
      const again = await open(directory)
      const found = await contents(again)
      expect(found).toMatchObject(acknowledged)
      expect(Object.keys(found).length - Object.keys(acknowledged).length).toBeLessThanOrEqual(1)
      await again.notes.create({ text: 'more' })
      await again.driver.close()
      await open(directory)
    },
  )
})
