import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it, onTestFinished, vi } from 'vitest'
import { freeda, project } from './cli-process.ts'

const config = `import { defineConfig, definePlugin, schedule } from '@freeda/runtime'
import { json } from '@freeda/storage-json'

const reports = definePlugin({
  name: 'reports',
  freeda: '^1.0.0',
  schedules: {
    nightly: schedule({ cron: '0 3 * * *', timeZone: 'Europe/Paris', name: 'nightly-report' }),
    tidy: schedule({ everyMs: 3_600_000 }),
  },
  setup({ schedules }) {
    schedules.nightly.run(({ slot }) => console.error('reported', slot.getUTCFullYear() > 2000))
    schedules.tidy.run(() => {
      throw new Error('nothing to tidy')
    })
  },
})
export default defineConfig({ name: 'desk', plugins: [json(), reports()] })
`

it('lists schedules, runs one by hand, and tells what became of it', () => {
  const { run } = project({ 'freeda.config.ts': config })
  const listed = run(['schedules'])
  expect(listed).toMatchObject({ status: 0, stderr: '' })
  expect(listed.stdout).toMatch(/nightly-report +reports +0 3 \* \* \* \(Europe\/Paris\) +20\d\d-\S+Z/)
  expect(listed.stdout).toMatch(/tidy +reports +every 3600 s/)
  const { schedules } = JSON.parse(run(['schedules', '--json']).stdout)
  expect(schedules[0]).toMatchObject({ name: 'nightly-report', plugin: 'reports', missed: 'report' })
  expect(schedules[0].next).toHaveLength(3)

  const ran = run(['schedules', 'run', 'nightly-report', '--json'])
  expect(ran).toMatchObject({ status: 0, stderr: expect.stringContaining('reported true') })
  expect(JSON.parse(ran.stdout)).toMatchObject({ outcome: 'ok', trigger: 'hand', fence: 1 })

  const failed = run(['schedules', 'run', 'tidy'])
  expect(failed.status).toBe(1)
  expect(failed.stdout).toMatch(/failed .*hand.*nothing to tidy/)
  expect(run(['schedules', 'history', 'nightly-report']).stdout).toMatch(/ok +20\d\d-/)
  expect(run(['schedules', 'history', 'nightly-report', '--json']).stdout).toContain('"outcome": "ok"')

  expect(run(['schedules', 'run', 'hourly'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('declares the schedule "hourly"; there are nightly-report, tidy.'),
  })
  expect(run(['schedules', 'run'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Which schedule?'),
  })
  expect(run(['plugins']).stdout).toContain('nightly-report, 0 3 * * * (Europe/Paris)')
})

it('begins no run after a signal that came during the setup', async () => {
  const { folder, run, write } = project({
    'freeda.config.ts': config
      .replace('import { defineConfig', "import { existsSync } from 'node:fs'\nimport { defineConfig")
      .replace(
        'setup({ schedules }) {',
        `async setup({ schedules }) {
    console.error('setting up')
    while (!existsSync('go.txt')) await new Promise((resolve) => setTimeout(resolve, 20))`,
      ),
  })
  const child = spawn(process.execPath, [freeda, 'schedules', 'run', 'nightly-report'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
  await vi.waitFor(() => expect(output).toContain('setting up'), 15_000)
  child.kill('SIGINT')
  write({ 'go.txt': '' })
  expect(await exited).toEqual([130, null])
  expect(output).not.toContain('reported')
  expect(run(['schedules', 'history', 'nightly-report']).stdout).toBe('It was not run yet.\n')
})
