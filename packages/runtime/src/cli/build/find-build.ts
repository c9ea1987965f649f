/** Finds what `freeda build` made. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { BuildManifest } from './manifest.ts'

export interface FoundBuild {
  /** Absolute path of the output folder. */
  readonly directory: string
  readonly manifest: BuildManifest
}

/** `dist` beside the config file, or in `cwd` and upwards, to the folder that holds package.json. */
export function findBuild(cwd: string, file?: string): FoundBuild | undefined {
  if (file !== undefined) return buildIn(join(dirname(resolve(cwd, file)), 'dist'))
  const found = buildIn(join(cwd, 'dist'))
  if (found !== undefined || existsSync(join(cwd, 'package.json')) || dirname(cwd) === cwd) return found
  return findBuild(dirname(cwd))
}

/** The built app in a folder; undefined when there is none. */
export function buildIn(directory: string): FoundBuild | undefined {
  let text: string
  try {
    text = readFileSync(join(directory, 'build.json'), 'utf8')
  } catch {
    return undefined
  }
  const manifest = parse(text)
  return manifest === undefined ? undefined : { directory, manifest }
}

/** Another program's `build.json` is none of ours. */
function parse(text: string): BuildManifest | undefined {
  try {
    const value = JSON.parse(text) as Partial<BuildManifest> | null
    return value?.format === 1 && typeof value.freeda === 'string' ? (value as BuildManifest) : undefined
  } catch {
    return undefined
  }
}
