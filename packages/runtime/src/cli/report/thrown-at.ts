/** Where an error was thrown, as far as it concerns the app's own code. */
import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Place } from './source-frame.ts'

export interface StackLine extends Place {
  /** The function, as the engine names it. */
  readonly caller: string | undefined
}

/** `at setup (/app/x.ts:3:7)`, `at async file:///app/x.ts:3:7`, `at C:\app\x.ts:3:7`. */
const stackLine =
  /^\s*at (?:(?:async )?(.+?) \()?(?:async )?((?:file:\/\/|\/|[A-Za-z]:[\\/]).+?):(\d+):(\d+)\)?$/

/** The places in the app's own code, innermost first: those of Freeda, packages and Node tell a user nothing. */
export function ownStack(error: Error): StackLine[] {
  const found = (error.stack ?? '').split('\n').flatMap((text) => {
    const [, caller, file, line, column] = stackLine.exec(text) ?? []
    if (file === undefined) return []
    return [{ caller, file: pathOf(file), line: Number(line), column: Number(column) }]
  })
  return found.filter(({ file }) => isOwn(file))
}

/** Node puts the place of a mistake in the syntax before the message: path and line, the source, and carets. */
const syntaxHead = /^(.+):(\d+)\r?\n.*\r?\n([ \t]*)\^/

/** jiti, and esbuild when its errors are thrown: `/app/x.ts:3:7: ERROR: …`, `… (3:7)`. */
const syntaxMessages = [
  /(?:^|\n)\s*((?:\/|[A-Za-z]:[\\/])[^\n]*?):(\d+):(\d+)/,
  /((?:\/|[A-Za-z]:[\\/])[^\n]*?\.[cm]?[jt]sx?): [^\n]*\((\d+):(\d+)\)/,
]

export function syntaxPlace(error: Error): Place | undefined {
  const [, path, row, indent] = syntaxHead.exec(error.stack ?? '') ?? []
  if (path !== undefined && /^(file:|\/|[A-Za-z]:)/.test(path))
    return { file: pathOf(path), line: Number(row), column: indent!.length + 1 }
  for (const pattern of syntaxMessages) {
    const [, file, line, column] = pattern.exec(error.message) ?? []
    if (file !== undefined) return { file, line: Number(line), column: Number(column) + 1 }
  }
  return undefined
}

function pathOf(text: string): string {
  const address = text.replace(/[?#].*$/, '')
  if (!address.startsWith('file:')) return text
  try {
    return fileURLToPath(address)
  } catch {
    return text
  }
}

/** Undefined in a bundle, where there is no such package. */
const runtimeFolder = (() => {
  try {
    return dirname(createRequire(import.meta.url).resolve('@freeda/runtime/package.json')) + sep
  } catch {
    return undefined
  }
})()

const isOwn = (file: string): boolean =>
  !/[\\/]node_modules[\\/]/.test(file) && (runtimeFolder === undefined || !file.startsWith(runtimeFolder))
