import { expect, it, vi } from 'vitest'
import { freeda, project } from './cli-process.ts'
import { spawnApp } from './spawn-app.ts'

const config = `import { defineConfig, definePlugin, queue } from '@freeda/runtime'
import { json } from '@freeda/storage-json'
import { z } from 'zod'

const mail = definePlugin({
  name: 'mail',
  freeda: '^1.0.0',
  queues: { mails: queue(z.object({ to: z.string() }), { attempts: 1 }), drafts: queue(z.string()) },
  setup({ queues: { mails, drafts }, router }) {
    router.post('/:to', { params: z.object({ to: z.string() }) }, ({ params: { to } }) => mails.add({ to }, { id: to }))
    mails.work(({ value }) => {
      if (process.env['IS_DOWN'] === 'yes') throw new Error('no network for ' + value.to)
      console.log('sent to ' + value.to)
    })
    drafts.work(() => {})
  },
})
export default defineConfig({ name: 'desk', server: { host: '127.0.0.1', port: Number(process.env['PORT'] ?? 0) }, plugins: [json(), mail()] })
`

it('lists dead jobs, removes them, and lets them begin again', async () => {
  const { folder, run } = project({ 'freeda.config.ts': config })
  const start = (isDown: string) =>
    spawnApp({ command: [freeda, 'start'], cwd: folder, env: { IS_DOWN: isDown } })

  const broken = await start('yes')
  for (const to of ['ada', 'bob', 'cy']) await fetch(`${broken.url}/mail/${to}`, { method: 'POST' })
  await vi.waitFor(() => expect(broken.output().match(/is dead after 1 attempts/g)).toHaveLength(3), 20_000)
  expect((await broken.end('SIGTERM')).code).toBe(0)

  const listed = run(['jobs'])
  expect(listed).toMatchObject({ status: 0, stderr: '' })
  expect(listed.stdout).toMatch(/^QUEUE +ID +ATTEMPTS +DIED +ERROR\n/)
  expect(listed.stdout).toMatch(/mails +ada +1 +20\S+Z +no network for ada/)
  const { jobs, more } = JSON.parse(run(['jobs', 'list', 'mails', '--limit', '2', '--json']).stdout)
  expect(jobs).toHaveLength(2)
  expect(jobs[0]).toMatchObject({ queue: 'mails', attempts: 1, value: { to: jobs[0].id } })
  expect(more).toBe(true)

  expect(run(['jobs', 'remove', 'mails', 'cy'])).toMatchObject({
    status: 0,
    stdout: '1 job of mails removed.\n',
  })
  expect(run(['jobs', 'retry', 'mails', 'cy', 'ada'])).toMatchObject({
    status: 1,
    stdout: '1 job of mails will begin again.\n',
    stderr: 'cy: mails/cy does not exist.\n',
  })
  expect(run(['jobs', 'retry', 'mails', 'ada'])).toMatchObject({
    status: 1,
    stderr: 'ada: It is not dead.\n',
  })
  expect(JSON.parse(run(['jobs', 'retry', 'mails', '--all', '--json']).stdout)).toEqual({
    queue: 'mails',
    changed: ['bob'],
    failed: [],
  })

  const mended = await start('no')
  await vi.waitFor(
    () => expect(mended.output()).toMatch(/sent to ada[^]*sent to bob|sent to bob[^]*sent to ada/),
    20_000,
  )
  expect((await mended.end('SIGTERM')).code).toBe(0)
  expect(mended.output()).not.toContain('sent to cy')
  expect(run(['jobs'])).toMatchObject({ status: 0, stdout: 'No dead jobs.\n' })
}, 120_000)

it('says what it cannot do', () => {
  const { run } = project({ 'freeda.config.ts': config })
  expect(run(['jobs', 'retry', 'mails'])).toMatchObject({ status: 2 })
  expect(run(['jobs', 'retry', 'mails', 'a', '--all'])).toMatchObject({ status: 2 })
  expect(run(['jobs', 'retyr', 'mails', '--all'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('ACTION cannot be "retyr". Did you mean "retry"?'),
  })
  expect(run(['jobs', 'delete', 'mails', 'zzz', '--json'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('ACTION cannot be "delete". Choose one of list, retry, remove.'),
  })
  const unknown = run(['jobs', 'list', 'mailz'])
  expect(unknown.status).toBe(2)
  expect(unknown.stderr).toContain('No plugin declares a queue "mailz". Declared are: mails, drafts.')
})

it('is shown by freeda plugins', () => {
  const { run } = project({ 'freeda.config.ts': config })
  const { stdout } = run(['plugins'])
  expect(stdout).toMatch(
    /queues +mails, 4 at a time, 1 attempts of 30 s\n +drafts, 4 at a time, 5 attempts of 30 s/,
  )
  expect(stdout).toMatch(/freeda\.queues from freeda-queues \(for its queues\)/)
  expect(stdout).not.toContain('freeda.bus-transport')
  expect(stdout).toMatch(/collections +freeda\.jobs/)
})
