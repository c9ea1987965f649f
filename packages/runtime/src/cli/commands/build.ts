import { relative } from 'node:path'
import { isFreedaError } from '../../errors.ts'
import { buildApp, type Build } from '../build/build-app.ts'
import { defineCommand, sharedOptions } from '../command.ts'
import { keepStdoutClean } from '../keep-stdout-clean.ts'
import type { Terminal } from '../terminal.ts'
import { writeProblems } from '../write-problems.ts'

export const command = defineCommand({
  description: `Builds the app for production: dist/ holds the config, the plugins and all that they import, and runs with Node alone, without
node_modules: node dist/server.js. The same input gives the same bytes. No variable and no secret has to be set.

Exit code 1 when something cannot be bundled, such as a compiled addon: all of it is listed, with what to do.`,
  options: {
    ...sharedOptions,
    out: { type: 'string', value: 'FOLDER', summary: 'where to put it; default dist beside the config' },
    external: {
      type: 'string',
      multiple: true,
      value: 'PACKAGE',
      summary: 'leave a package out; it must be installed beside the build',
    },
    allow: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      summary: 'a package or file of which you know that what cannot be bundled is not needed',
    },
    commit: { type: 'string', value: 'SHA', summary: 'the commit to name in build.json; default: found out' },
  },
  examples: ['freeda build', 'freeda build --external sharp', 'node dist/server.js'],
  async run({ options, terminal }) {
    const { config: file, json, ...rest } = options
    keepStdoutClean()
    const startedAt = performance.now()
    let build
    try {
      build = await buildApp({ cwd: process.cwd(), file, ...rest })
    } catch (error) {
      if (!isFreedaError(error, 'FREEDA_BUILD')) throw error
      writeProblems(terminal, `What cannot be bundled [${error.code}]:`, error.data.problems)
      return 1
    }
    const seconds = (performance.now() - startedAt) / 1_000
    if (json === true) terminal.json(build)
    else writeSummary(terminal, build, seconds)
    writeProblems(terminal, 'What may not work in the build:', build.warnings)
    return 0
  },
})

function writeSummary(terminal: Terminal, { directory, manifest, files }: Build, seconds: number): void {
  const { name, version, build, external } = manifest
  const folder = relative(process.cwd(), directory) || '.'
  const megabytes = (kind: RegExp) =>
    (files.filter(({ path }) => kind.test(path)).reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1)
  terminal.line(
    `${terminal.paint('green', `${folder}/`)} is ${name} ${version}, build ${build}: ${megabytes(/\.js$/)} MB of code, made in ${seconds.toFixed(1)} s.`,
  )
  const missing = Object.entries(external).map(([each, at]) => `${each}@${at}`)
  if (missing.length > 0)
    terminal.line(
      `Not in it, and to be installed beside it: ${missing.join(', ')} (npm install in ${folder}).`,
    )
  terminal.line(`Start it with ${terminal.paint('bold', `node ${folder}/server.js`)}`)
}
