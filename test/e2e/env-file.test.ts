import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { project } from './cli-process.ts'

const files = {
  'freeda.config.ts': `import { definePlugin, schedule, queue, collection } from '@freeda/runtime'
import { json } from '@freeda/storage-json'
import { z } from 'zod'

const desk = definePlugin({
  name: 'desk',
  freeda: '^1.0.0',
  collections: { notes: collection(z.object({ text: z.string() })) },
  queues: { mails: queue(z.string()) },
  schedules: { tidy: schedule({ everyMs: 3_600_000 }) },
  setup({ schedules, queues }) {
    schedules.tidy.run(() => {})
    queues.mails.work(() => {})
  },
})
export default ({ env }) => ({ name: 'desk', plugins: [json({ directory: env('DATA_DIR', './data') }), desk()] })
`,
  '.env': 'DATA_DIR=./of-dev\n',
  'add.ts': "export default ({ collections }) => collections.notes.put('a', { text: 'Milk' })",
}

const commands: readonly (readonly string[])[] = [
  ['exec', 'add.ts'],
  ['repl'],
  ['backup', 'desk.ndjson'],
  ['restore', 'desk.ndjson', '--non-empty'],
  ['migrate', '--from', 'config', '--to', 'json:./copy'],
  ['reindex'],
  ['jobs'],
  ['schedules', 'run', 'tidy'],
  ['schedules', 'history', 'tidy'],
]

it('counts in every command that opens the store, as it does in freeda dev', () => {
  const { folder, run } = project(files)
  for (const args of commands) {
    const { status, stderr } = run(args)
    expect({ args, status, stderr }).toMatchObject({ status: 0 })
    expect({ args, data: existsSync(join(folder, 'data')) }).toEqual({ args, data: false })
  }
  expect(run(['exec', 'add.ts'], { DATA_DIR: './of-shell' }).status).toBe(0)
  expect(run(['exec', 'add.ts'], { NODE_ENV: 'production' }).status).toBe(0)
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['data', 'of-dev', 'of-shell']))
}, 120_000)

it('stops a command that would open the store when it is not understood', () => {
  const { folder, run, write } = project({ ...files, '.env': 'DATA_DIR ./of-dev\n' })
  for (const args of [...commands, ['health']]) {
    const { status, stderr } = run(args)
    expect({ args, status }).toEqual({ args, status: 1 })
    expect(stderr).toContain('Nothing was done, as .env cannot be used:\n  .env, line 1: is not NAME=value.')
  }
  expect(readdirSync(folder).toSorted()).toEqual(['.env', 'add.ts', 'freeda.config.ts', 'package.json'])
  expect(run(['plugins'])).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('The variables of .env are not used:'),
  })
  write({ '.env': '' })
  expect(run(['jobs']).status).toBe(0)
}, 120_000)

it('says which port the app is asked on', () => {
  const { run } = project({
    'freeda.config.ts': 'export default ({ env }) => ({ server: { port: env.port("DESK_PORT", 1) } })',
    '.env': 'DESK_PORT=9\n',
  })
  expect(run(['health']).stderr).toContain('http://127.0.0.1:9/health/live')
})
