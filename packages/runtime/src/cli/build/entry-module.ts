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
import module from 'node:module'

// A build is for production, unless somebody says otherwise.
process.env.NODE_ENV ??= 'production'
// Stack traces name the sources.
process.setSourceMapsEnabled(true)
// Keeps compiled code for the next start, where there is a place for it; NODE_COMPILE_CACHE says where. Not in Node 20.
module.enableCompileCache?.()

const { start } = await import('./app/main.js')
await start(${text(build)})
`

const text = (value: string): string => JSON.stringify(value)
