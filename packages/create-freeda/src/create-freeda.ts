#!/usr/bin/env node
/** `npm create freeda`. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { help, parseCommandLine } from './command-line.ts'
import { createPackage } from './create-package.ts'
import { createProject, type Package } from './create-project.ts'
import { Failure } from './failure.ts'
import { upgradeProject } from './upgrade-project.ts'

async function main(args: readonly string[]): Promise<void> {
  const line = parseCommandLine(args)
  const own = readOwn()
  if (line.help) console.log(help)
  else if (line.version) console.log(own.version)
  else if (line.kind === 'upgrade') await upgradeProject(line, own)
  else if (line.kind === 'project') await createProject(line, own)
  else await createPackage(line.kind, line, own)
}

function readOwn(): Package {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(manifest) as { version: string }
  return { version, templatesFolder: fileURLToPath(new URL('templates', import.meta.url)) }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Failure)) throw error
  if (error.message !== '') console.error(error.message)
  process.exitCode = error.exitCode
}
