import { dirname, resolve } from 'node:path'
import type { Plugin } from 'esbuild'

/** A compiled addon that something imports. */
export interface NativeModule {
  readonly path: string
  /** Absolute path of the file that imports it. */
  readonly importer: string
}

/** Notes addons and leaves them where they are: a bundle cannot hold one. */
export const nativeModules = (found: NativeModule[]): Plugin => ({
  name: 'freeda-native-modules',
  setup(build) {
    build.onResolve({ filter: /\.node$/ }, ({ path, importer }) => {
      found.push({ path: resolve(dirname(importer), path), importer })
      return { path, external: true }
    })
  },
})
