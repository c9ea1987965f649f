import { describe, expect, it, onTestFinished } from 'vitest'
import { definePlugin, secret, type MetricsRegistrar } from '../../src/index.ts'
import { testApp, type TestAppOptions } from '../../src/testing.ts'
import { readMetrics, valueOf } from './read-metrics.ts'

const counting = (name: string, setup: (metrics: MetricsRegistrar) => void) =>
  definePlugin({ name, freeda: '^1.0.0', setup: ({ metrics }) => setup(metrics) })()

async function booted(plugins: TestAppOptions['plugins'], metrics = true) {
  const app = await testApp({ metrics, plugins })
  onTestFinished(() => app.stop())
  return app
}

async function samplesOf(...plugins: ReturnType<typeof counting>[]) {
  const app = await booted(plugins)
  return { app, samples: readMetrics(await (await app.request('/metrics')).text()) }
}

describe("a plugin's metrics", () => {
  it('are counters, gauges and histograms under its name', async () => {
    const { samples } = await samplesOf(
      counting('help-desk', (metrics) => {
        const mails = metrics.counter({ name: 'mails_total', help: 'Mails.', labels: ['kind'] })
        mails.add(1, { kind: 'welcome' })
        mails.add(2, { kind: 'welcome' })
        mails.add(1, { kind: 'say "hi"\n\\' })
        const queue = metrics.gauge({ name: 'help_desk_queue', help: 'Waiting.' })
        queue.set(5)
        queue.add(-2)
        metrics.histogram({ name: 'size_bytes', help: 'Sizes.', buckets: [10, 100] }).observe(50)
      }),
    )
    expect(valueOf(samples, 'help_desk_mails_total', { kind: 'welcome' })).toBe(3)
    expect(valueOf(samples, 'help_desk_mails_total', { kind: String.raw`say \"hi\"\n\\` })).toBe(1)
    expect(valueOf(samples, 'help_desk_queue')).toBe(3)
    expect(valueOf(samples, 'help_desk_size_bytes_bucket', { le: '10' })).toBe(0)
    expect(valueOf(samples, 'help_desk_size_bytes_bucket', { le: '100' })).toBe(1)
    expect(valueOf(samples, 'help_desk_size_bytes_count')).toBe(1)
  })

  it('name both plugins when two want the same', async () => {
    const twice = booted([
      counting('a', (metrics) => void metrics.gauge({ name: 'b_queue', help: 'x' })),
      counting('a-b', (metrics) => void metrics.gauge({ name: 'queue', help: 'x' })),
    ])
    await expect(twice).rejects.toMatchObject({
      code: 'FREEDA_PLUGIN_DEFINITION',
      message: expect.stringMatching(/"a-b".*a_b_queue.*"a"/s),
    })
  })

  it("cannot take the runtime's own", async () => {
    const taken = booted([
      counting('http', (metrics) => void metrics.counter({ name: 'requests_total', help: 'x' })),
    ])
    await expect(taken).rejects.toThrow('which "freeda" has registered already')
  })

  it.each([
    ['Bad-Name_total', [], 'words in lower case'],
    ['sent', [], 'let its name end with "_total"'],
    ['sent_total', ['le'], 'the label "le"'],
    ['sent_total', ['user id'], 'the label "user id"'],
    ['sent_total', ['a', 'a'], 'a label twice'],
  ])(
    'are refused with a bad name or label, with metrics and without: %s %j',
    async (name, labels, reason) => {
      const plugin = counting('p', (metrics) => void metrics.counter({ name, help: 'x', labels }))
      for (const metrics of [true, false])
        await expect(booted([plugin], metrics)).rejects.toMatchObject({
          code: 'FREEDA_PLUGIN_DEFINITION',
          message: expect.stringContaining(reason),
        })
    },
  )

  it('show no secret, even when a plugin takes one for a label', async () => {
    const app = await testApp({
      metrics: true,
      environment: { KEY: 'hunter2"hunter2' },
      plugins: [
        definePlugin({
          name: 'p',
          freeda: '^1.0.0',
          env: { key: secret('KEY') },
          setup: ({ env, metrics }) =>
            metrics.counter({ name: 'calls_total', help: 'x', labels: ['key'] }).add(1, { key: env.key }),
        })(),
      ],
    })
    onTestFinished(() => app.stop())
    for (const accept of ['text/plain', 'application/openmetrics-text']) {
      const text = await (await app.request('/metrics', { headers: { accept } })).text()
      expect(text).toContain('p_calls_total{key="[redacted]"} 1')
      expect(text).not.toContain('hunter2')
    }
  })

  it('cost nothing while metrics are off', async () => {
    await booted(
      [
        counting('p', (metrics) => {
          metrics.counter({ name: 'a_total', help: 'x', labels: ['kind'] }).add(1, { kind: 'k' })
          metrics.gauge({ name: 'b', help: 'x' }).set(1)
          metrics.histogram({ name: 'c', help: 'x' }).observe(1)
        }),
      ],
      false,
    )
  })

  it('are bounded: an id as a label ends in one series, and the log says so once', async () => {
    const { app, samples } = await samplesOf(
      counting('p', (metrics) => {
        const seen = metrics.counter({ name: 'seen_total', help: 'x', labels: ['id'] })
        for (let id = 0; id < 5_000; id++) seen.add(1, { id })
      }),
    )
    expect(samples.filter(({ name }) => name === 'p_seen_total')).toHaveLength(1_001)
    expect(valueOf(samples, 'p_seen_total', { id: 'OTHER' })).toBe(4_000)
    expect(
      app.logs.filter(({ metric }) => metric === 'seen_total' || metric === 'p_seen_total'),
    ).toHaveLength(1)
  })
})
