/** Runs the benchmark that is named, or lists them: `npm run bench -- json-writes`. Each prints one JSON line a case. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = new URL('.', import.meta.url)
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -4))
const [name, ...rest] = process.argv.slice(2)

if (name === undefined || !names.includes(name)) {
  if (name !== undefined) console.error(`There is no benchmark "${name}".`)
  console.error('Benchmarks (npm run bench -- NAME):')
  for (const each of names) console.error(`  ${each.padEnd(16)} ${summaryOf(each)}`)
  process.exit(name === undefined ? 0 : 1)
}

const child = spawn(process.execPath, [fileURLToPath(new URL(`${name}.mjs`, folder)), ...rest], {
  stdio: 'inherit',
})
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)))

/** The first sentence of a file's comment. */
function summaryOf(file) {
  return /\/\*\*\s*(?:\*\s*)?([^.]*\.)/.exec(readFileSync(new URL(`${file}.mjs`, folder), 'utf8'))?.[1] ?? ''
}
