import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Metafile, Plugin } from 'esbuild'

/**
 * The languages in which zod can complain, 230 kB: all but English, which it speaks unless told otherwise, are left out.
 * Only right when {@link mentionsLanguages} finds nothing.
 */
export const unusedLanguages = (): Plugin => ({
  name: 'freeda-unused-languages',
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
    }))
  },
})

/** Whether some module asks zod for a language (`z.locales.fr()`), or just says that word. */
export const mentionsLanguages = ({ inputs }: Metafile, directory: string): boolean =>
  Object.keys(inputs).some(
    (path) => isCode.test(path) && !isZod.test(path) && /\blocales\b/.test(textOf(resolve(directory, path))),
  )

const isCode = /\.[cm]?[jt]sx?$/
const isZod = /(?:^|[\\/])zod[\\/]/

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // Made by a plugin of the build.
  }
}
