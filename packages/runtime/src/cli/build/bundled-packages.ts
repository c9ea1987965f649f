/** Which packages the modules of a bundle come from. */
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Metafile } from 'esbuild'

export interface BundledPackage {
  readonly name: string
  readonly version: string
  readonly licence: string | undefined
  readonly directory: string
  readonly manifest: Readonly<Record<string, unknown>>
}

/** Absolute paths of the modules that something of is in the output. */
export function bundledFiles(metafile: Metafile, directory: string): readonly string[] {
  const inputs = Object.values(metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  )
  return [...new Set(inputs)]
    .filter((path) => !/^[\w-]{2,}:/.test(path) && !path.startsWith('<'))
    .map((path) => resolve(directory, path))
    .filter((path) => !path.endsWith('/freeda-build.js'))
    .toSorted()
}

/** In order of names, without `own`: that of the app itself. */
export function bundledPackages(files: readonly string[], own: string): readonly BundledPackage[] {
  const found = new Map<string, BundledPackage>()
  for (const file of files) {
    const one = packageAround(dirname(file))
    if (one !== undefined && one.directory !== own) found.set(one.directory, one)
  }
  const key = ({ name, version, directory }: BundledPackage) => `${name} ${version} ${directory}`
  return [...found.values()].toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

const known = new Map<string, BundledPackage | undefined>()

/** The nearest folder upwards whose package.json says a name and a version: some packages have others in subfolders. */
export function packageAround(directory: string): BundledPackage | undefined {
  if (known.has(directory)) return known.get(directory)
  const parent = dirname(directory)
  const found = readPackage(directory) ?? (parent === directory ? undefined : packageAround(parent))
  known.set(directory, found)
  return found
}

function readPackage(directory: string): BundledPackage | undefined {
  let manifest: Record<string, unknown>
  try {
    manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Record<string, unknown>
  } catch {
    return undefined
  }
  const { name, version, license } = manifest
  if (typeof name !== 'string' || typeof version !== 'string') return undefined
  return { name, version, licence: licenceName(license), directory, manifest }
}

/** A text, or an object with a `type` in old packages. */
const licenceName = (licence: unknown): string | undefined =>
  typeof licence === 'string' ? licence : (licence as { type?: string } | undefined)?.type
