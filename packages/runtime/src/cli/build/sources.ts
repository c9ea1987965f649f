/** Tells whether a build is still what its sources say. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { FoundBuild } from './find-build.ts'
import type { BuildManifest } from './manifest.ts'

export function hashSources(directory: string, files: readonly string[]): BuildManifest['sources'] {
  const names = files.map((file) => relative(directory, file).split(sep).join('/')).toSorted()
  return { files: names, hash: hashOf(directory, names) }
}

/** False also where there are no sources to compare with, as in an image. */
export function isStale({ directory, manifest }: FoundBuild): boolean {
  try {
    return hashOf(dirname(directory), manifest.sources.files) !== manifest.sources.hash
  } catch {
    return false
  }
}

/** By content: in a fresh checkout or an image the times of files mean nothing. */
function hashOf(directory: string, names: readonly string[]): string {
  const hash = createHash('sha256')
  for (const name of names)
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(directory, name)))
      .update('\0')
  return hash.digest('hex')
}
