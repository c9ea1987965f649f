import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, resolve } from 'node:path'
import type { Loader, Plugin } from 'esbuild'

/** A file that is read at run time, from beside the code. */
export interface TakenFile {
  readonly from: string
  /** Relative to the chunks. */
  readonly to: string
}

/** `new URL('./mails/welcome.html', import.meta.url)`: what a file beside the code is called in every bundler. */
const fileBeside = /new\s+URL\(\s*(['"])(\.{1,2}\/[^'"\n]+)\1\s*,\s*import\.meta\.url\s*,?\s*\)/g

const code = /\.[cm]?[jt]sx?$/

/** Takes along the files that the app's own code addresses relative to itself, and corrects the address. */
export const localFiles = (taken: Map<string, TakenFile>): Plugin => ({
  name: 'freeda-local-files',
  setup(build) {
    build.onLoad({ filter: code }, async ({ path, namespace }) => {
      if (namespace !== 'file' || path.includes('node_modules')) return undefined
      const text = await readFile(path, 'utf8')
      if (!text.includes('import.meta.url')) return undefined
      const contents = text.replace(fileBeside, (whole: string, quote: string, specifier: string) => {
        const from = resolve(dirname(path), specifier)
        if (code.test(from) || !isFile(from)) return whole
        const to = nameFor(from)
        taken.set(from, { from, to })
        return `new URL(${quote}./${to}${quote}, import.meta.url)`
      })
      return {
        contents,
        loader: extname(path).slice(1).replace(/^[cm]/, '') as Loader,
        resolveDir: dirname(path),
      }
    })
  },
})

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true

/** By content, so that two files of one name stay apart. */
function nameFor(path: string): string {
  const hash = createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 8)
  const extension = extname(path)
  return `files/${basename(path, extension)}-${hash}${extension}`
}
