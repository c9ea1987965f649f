/** The texts of the modules that a build begins with and ends up with. */
import type { HealthFacts } from '../health/target.ts'
import type { ConfigFacts } from './read-facts.ts'

export interface EntryFacts {
  /** How the config is imported from its folder: `./freeda.config.ts`, or its content when it is no module. */
  readonly config: { readonly import: string } | { readonly value: unknown }
  readonly configName: string
  /** From the output folder to the folder of the config, e.g. `..`. */
  readonly toDirectory: string
  readonly package: { readonly name?: string; readonly version?: string }
  readonly facts: Pick<ConfigFacts, 'named' | 'namedElsewhere'>
}

/** What is bundled: the config, the plugins that it names as text, and what starts them. */
export function entryModule({ config, configName, toDirectory, package: made, facts }: EntryFacts): string {
  const named = facts.named.map((name) => `  ${text(name)}: () => import(${text(name)}),`)
  // The bundler lets an import with `catch` fail, as that of a plugin for development that is not installed.
  const elsewhere = facts.namedElsewhere.map(
    (name) => `  ${text(name)}: () => import(${text(name)}).catch((error) => { throw error }),`,
  )
  return `import { fileURLToPath } from 'node:url'
import { startBuilt } from '@freeda/runtime/built'
${'import' in config ? `import * as config from ${text(config.import)}` : `const config = ${JSON.stringify(config.value)}`}

const directory = fileURLToPath(new URL(${text(`../${toDirectory}/`)}, import.meta.url))
const plugins = {
${[...named, ...elsewhere].join('\n')}
}

export const start = (build) =>
  startBuilt({
    config,
    file: directory + ${text(configName)},
    directory,
    package: { ...${JSON.stringify(made)}, build },
    plugins,
  })
`
}

/** Of `health.js`. */
export const healthModule = (facts: HealthFacts): string =>
  `import { reportHealth } from '@freeda/runtime/built/health'
await reportHealth(${JSON.stringify(facts)})
`

/** `server.js`: what must happen before the app's code is compiled. */
export const serverModule = (label: string, build: string): string => `// ${label}; made by \`freeda build\`.
import { readFileSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

// A build is for production, unless somebody says otherwise.
process.env.NODE_ENV ??= 'production'
// Keeps compiled code for the next start, where there is a place for it; NODE_COMPILE_CACHE says where. Not in Node 20.
module.enableCompileCache?.()
${stackTraces}
const { start } = await import('./app/main.js')
await start(${text(build)})
`

/**
 * Stack traces name the sources. Node can do that too (--enable-source-maps), but then reads the maps at every start, a
 * tenth of the whole; here that is done when somebody first looks at a stack. Source: https://v8.dev/docs/stack-trace-api
 */
const stackTraces = `
const maps = new Map()
function sourceMap(url) {
  if (!url?.startsWith(import.meta.url.slice(0, -'server.js'.length))) return undefined
  if (!maps.has(url)) {
    let map
    try {
      map = new module.SourceMap(JSON.parse(readFileSync(fileURLToPath(url + '.map'), 'utf8')))
    } catch {
      // Then the place in the build has to do.
    }
    maps.set(url, map)
  }
  return maps.get(url)
}
function describeFrame(frame) {
  const url = frame.getFileName()
  const map = sourceMap(url)
  if (map === undefined) return String(frame)
  const line = frame.getLineNumber()
  const column = frame.getColumnNumber()
  const { originalSource, originalLine, originalColumn } = map.findEntry(line - 1, column - 1)
  if (originalSource === undefined) return String(frame)
  const place = fileURLToPath(new URL(originalSource, url)) + ':' + (originalLine + 1) + ':' + (originalColumn + 1)
  return String(frame).replace(url + ':' + line + ':' + column, () => place)
}
if (!process.execArgv.includes('--enable-source-maps') && !process.env.NODE_OPTIONS?.includes('--enable-source-maps'))
  Error.prepareStackTrace = (error, frames) => {
    let title
    try {
      title = Error.prototype.toString.call(error)
    } catch {
      title = 'Error'
    }
    return [title, ...frames.map(describeFrame)].join('\\n    at ')
  }
`

const text = (value: string): string => JSON.stringify(value)
