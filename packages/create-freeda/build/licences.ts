/** The licences of what is bundled, as they ask for. */
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Writes THIRD-PARTY-LICENCES.txt beside the bundle, from the metafile that esbuild left, which it removes. */
export async function writeLicences(folder: string): Promise<void> {
  const metafile = join(folder, 'metafile-esm.json')
  const { inputs } = JSON.parse(readFileSync(metafile, 'utf8')) as { inputs: Record<string, unknown> }
  rmSync(metafile)
  const packages = new Set(
    Object.keys(inputs)
      .filter((path) => path.includes('node_modules/'))
      .map((path) => packageOf(resolve(path))),
  )
  const texts = [...packages].map(licenceOf).toSorted()
  writeFileSync(
    join(folder, 'THIRD-PARTY-LICENCES.txt'),
    `These packages are part of create-freeda.\n\n${texts.join(`\n\n${'─'.repeat(80)}\n\n`)}\n`,
  )
}

function packageOf(path: string): string {
  const at = path.lastIndexOf('node_modules/') + 'node_modules/'.length
  const [first, second] = path.slice(at).split('/')
  return path.slice(0, at) + (first!.startsWith('@') ? `${first}/${second}` : first)
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string
    version: string
    license?: string
  }
  const [file] = globSync('{licen[cs]e,LICEN[CS]E,Licen[cs]e}*', { cwd: folder })
  const text = file === undefined ? '' : `\n\n${readFileSync(join(folder, file), 'utf8').trim()}`
  return `${name} ${version} (${license ?? 'see its text'})${text}`
}
