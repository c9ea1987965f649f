import { hostname } from 'node:os'
import { definePlugin, schedule } from '@freeda/runtime'
import { testApp } from '@freeda/runtime/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { health } from '../src/index.ts'

const nightly = (work: () => unknown) =>
  definePlugin({
    name: 'reports',
    freeda: '^1.0.0',
    schedules: { nightly: schedule({ cron: '0 3 * * *' }) },
    setup: ({ schedules }) => schedules.nightly.run(work),
  })()

const failing = nightly(() => {
  throw new Error('no answer of mail-7.internal')
})

describe('/health of an app with schedules', () => {
  it('shows what became of them, and stays green', async () => {
    await using untouched = await testApp({ plugins: [health(), failing] })
    const before: unknown = await (await untouched.request('/health')).json()
    expect(before).toMatchObject({ schedules: [{ name: 'nightly', next: expect.any(String) as unknown }] })
    await using app = await testApp({ plugins: [health(), failing] })
    await app.runSchedule('nightly')
    const response = await app.request('/health/ready')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ status: 'ready', degraded: ['schedules'] })
  })

  it('says why and where one failed only where reasons may be seen', async () => {
    for (const [details, shown] of [
      [true, true],
      [false, false],
    ]) {
      await using app = await testApp({ plugins: [health({ details: details! }), failing] })
      await app.runSchedule('nightly')
      const text = await (await app.request('/health')).text()
      expect(JSON.parse(text)).toMatchObject({ schedules: [{ last: { outcome: 'failed' } }] })
      expect(text.includes('mail-7.internal')).toBe(shown)
      expect(text.includes(hostname())).toBe(shown)
    }
  })
})

describe('a view of a plugin', () => {
  const viewing = (name: string, read: () => unknown) =>
    definePlugin({ name, freeda: '^1.0.0', setup: ({ health: own }) => own.view('imports', read) })()

  it('stands in the answer, and is left out when it fails', async () => {
    const app = await testApp({ plugins: [health(), viewing('imports', () => ({ rows: 3 }))] })
    onTestFinished(() => app.stop())
    const answer = (await (await app.request('/health')).json()) as object
    expect(answer).toMatchObject({ status: 'ok', imports: { rows: 3 } })
    // What people look for first.
    expect(Object.keys(answer)[0]).toBe('status')
    const broken = await testApp({
      plugins: [
        health(),
        viewing('imports', () => {
          throw new Error('no')
        }),
      ],
    })
    onTestFinished(() => broken.stop())
    expect(await (await broken.request('/health')).json()).not.toHaveProperty('imports')
  })

  it('has a name of its own', async () => {
    const plugins = [viewing('a', () => 1), viewing('b', () => 2)]
    await expect(testApp({ plugins })).rejects.toThrow(
      'the health view "imports" is registered already, by "a".',
    )
  })
})
