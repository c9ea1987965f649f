/** The bundler: a choice of the project, so that production installs go without it. */
import type * as Esbuild from 'esbuild'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { FreedaError } from '../../errors.ts'

/** @throws FREEDA_BUILD when the project has no esbuild */
export async function loadEsbuild(directory: string): Promise<typeof Esbuild> {
  try {
    return await import('esbuild')
  } catch {
    // Package managers that keep packages apart show it to the project only.
  }
  try {
    return createRequire(join(directory, 'package.json'))('esbuild') as typeof Esbuild
  } catch {
    throw new FreedaError('FREEDA_BUILD', {
      file: directory,
      problems: [
        {
          code: 'esbuild_missing',
          at: 'esbuild',
          message: 'is not installed; freeda dev and freeda build bundle with it.',
          fix: 'npm install --save-dev esbuild',
        },
      ],
    })
  }
}
