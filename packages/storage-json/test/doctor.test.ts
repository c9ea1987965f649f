import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { examineFolder } from '../src/doctor.ts'
import { openJsonDriver } from '../src/json-driver.ts'
import { freshFolder } from './support.ts'

const look = async (directory: string) =>
  (await examineFolder(directory, 'development')).map(({ id, severity }) => `${severity} ${id}`)

describe('the doctor, of a data folder', () => {
  it('finds nothing wrong with one that is not there yet', async () => {
    expect(await look(join(await freshFolder(), 'a/b'))).toEqual(['note folder'])
  })

  it('sees who has it open, and leaves them alone', async () => {
    const directory = await freshFolder()
    const driver = await openJsonDriver({ directory })
    const found = await examineFolder(directory, 'development')
    expect(found.find(({ id }) => id === 'lock')).toMatchObject({
      severity: 'note',
      message: expect.stringContaining(String(process.pid)),
    })
    await driver.health({ nowMs: Date.now() })
    await driver.close()
    expect(await look(directory)).toEqual(['ok folder', 'ok lock', expect.stringMatching(/ disk$/)])
  })

  it('says why one cannot be used, and what to do', async () => {
    const folder = await freshFolder()
    writeFileSync(join(folder, 'file'), '')
    const [finding] = await examineFolder(join(folder, 'file'), 'development')
    expect(finding).toMatchObject({ severity: 'error', fix: expect.stringContaining('another folder') })
    expect(await look(join(folder, 'file/inside'))).toEqual(['error folder'])
  })

  it('reminds of what it is not made for', async () => {
    const found = await examineFolder(await freshFolder(), 'production')
    expect(found.map(({ id }) => id)).toContain('production')
  })
})
