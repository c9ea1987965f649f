/** The licences of everything that is in a bundle, as they ask to be passed on. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BundledPackage } from './bundled-packages.ts'

const noticeFiles = /^(licen[cs]e|copying|notice|copyright)([-._].*)?$/i

/** One text; packages in order of their names, each text of a licence once for all that share it. */
export function licenceText(packages: readonly BundledPackage[]): string {
  const holders = new Map<string, string[]>()
  for (const one of packages) {
    const text = noticesIn(one.directory) || `Licence: ${one.licence ?? 'not stated'}`
    holders.set(text, [
      ...(holders.get(text) ?? []),
      `${one.name} ${one.version} (${one.licence ?? 'licence not stated'})`,
    ])
  }
  const parts = [...holders].map(([text, names]) => `${names.join('\n')}\n\n${text}`)
  return `This app contains the following packages.\n\n${parts.join(`\n\n${'-'.repeat(78)}\n\n`)}\n`
}

function noticesIn(directory: string): string {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && noticeFiles.test(entry.name) && !/\.[cm]?[jt]s$/.test(entry.name))
    .map(({ name }) => name)
    .toSorted()
    .map((name) => readFileSync(join(directory, name), 'utf8').replaceAll('\r\n', '\n').trim())
    .join('\n\n')
}
