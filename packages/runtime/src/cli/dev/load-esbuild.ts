import { createRequire } from 'node:module'
import { join } from 'node:path'
import type * as Esbuild from 'esbuild'

export async function loadEsbuild(directory: string): Promise<typeof Esbuild> {
  try {
    return await import('esbuild')
  } catch {
    return createRequire(join(directory, 'package.json'))('esbuild') as typeof Esbuild
  }
}
