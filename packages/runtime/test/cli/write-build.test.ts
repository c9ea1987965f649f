import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { writeBuild, type BuildFile } from '../../src/cli/build/write-build.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const build = (version: string): BuildFile[] => [
  { path: 'build.json', content: '{ "format": 1, "freeda": "1.0.0" }' },
  { path: 'app/main.js', content: version },
]

const namesBeside = (directory: string) =>
  readdirSync(dirname(directory)).filter((name) => name.startsWith(basename(directory)))

it('makes the folder, with those above it, and puts a later build in its place', async () => {
  const dist = join(await temporaryFolder(), 'out', 'of', 'dist')
  await writeBuild(dist, build('one'))
  await writeBuild(dist, build('two'))
  expect(readFileSync(join(dist, 'app/main.js'), 'utf8')).toBe('two')
  expect(namesBeside(dist)).toEqual(['dist'])
})

it('leaves a file alone that is where the folder should be, or on the way to it', async () => {
  const folder = await temporaryFolder({ 'thesis.txt': 'years of work' })
  const file = join(folder, 'thesis.txt')
  for (const directory of [file, join(file, 'dist')])
    await expect(writeBuild(directory, build('one'))).rejects.toMatchObject({
      code: 'FREEDA_BUILD_FOLDER',
      message: expect.stringContaining('--out'),
    })
  expect(readFileSync(file, 'utf8')).toBe('years of work')
  expect(readdirSync(folder)).toEqual(['thesis.txt'])
})

it('puts the build before back when the new one cannot take its place', async () => {
  const dist = join(await temporaryFolder(), 'dist')
  await writeBuild(dist, build('one'))
  // A build of no files has no folder that could be renamed.
  await expect(writeBuild(dist, [])).rejects.toMatchObject({ code: 'FREEDA_BUILD_FOLDER' })
  expect(readFileSync(join(dist, 'app/main.js'), 'utf8')).toBe('one')
  expect(namesBeside(dist)).toEqual(['dist'])
})

it.runIf(process.platform === 'linux')('ends where no folder can be made', async () => {
  await expect(writeBuild('/proc/freeda/dist', build('one'))).rejects.toMatchObject({
    code: 'FREEDA_BUILD_FOLDER',
    message: expect.stringContaining('ENOENT'),
  })
})
