import { createRequire } from 'node:module'
import { dirname } from 'node:path'

/** Where this package is installed. */
export const runtimeFolder = (): string =>
  dirname(createRequire(import.meta.url).resolve('@freeda/runtime/package.json'))
