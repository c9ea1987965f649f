import fc from 'fast-check'
import { Writable } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import { definePlugin, start, type EmfConfig } from '../../src/index.ts'
import { emfCounters, emfDocument } from '../../src/observability/emf.ts'
import { until } from '../http/serve.ts'

const idle = { eventLoopLagMs: 0, inFlight: 0 }

interface Directive {
  readonly Namespace: string
  readonly Dimensions: string[][]
  readonly Metrics: { readonly Name: string; readonly Unit: string }[]
}
type Document = Record<string, unknown> & {
  readonly _aws: { readonly Timestamp: number; readonly CloudWatchMetrics: Directive[] }
}

/**
 * What CloudWatch demands of a document. Sources:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html and,
 * for values with counts, https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
 */
function expectValid(document: Document): void {
  expect(Buffer.byteLength(JSON.stringify(document))).toBeLessThanOrEqual(256 * 1024)
  expect(Object.keys(document._aws).toSorted()).toEqual(['CloudWatchMetrics', 'Timestamp'])
  expect(Number.isInteger(document._aws.Timestamp)).toBe(true)
  for (const directive of document._aws.CloudWatchMetrics) {
    expect(Object.keys(directive).toSorted()).toEqual(['Dimensions', 'Metrics', 'Namespace'])
    expect(directive.Namespace).toMatch(/^.{1,1024}$/)
    expect(directive.Metrics.length).toBeLessThanOrEqual(100)
    for (const set of directive.Dimensions) {
      expect(set.length).toBeLessThanOrEqual(30)
      for (const name of set) {
        expect(name).toMatch(/^(?!:)[\x21-\x7e]{1,250}$/)
        expect(document[name]).toMatch(/^(?=.*\S).{1,1024}$/)
      }
    }
    for (const { Name, Unit } of directive.Metrics) {
      expect(Name).toMatch(/^.{1,1024}$/)
      expect(['Count', 'Milliseconds']).toContain(Unit)
      expectMetric(document[Name])
    }
  }
}

function expectMetric(value: unknown): void {
  if (typeof value === 'number') return expect(Number.isFinite(value)).toBe(true)
  const { Values, Counts, Min, Max, Sum, Count } = value as Record<'Values' | 'Counts', number[]> &
    Record<'Min' | 'Max' | 'Sum' | 'Count', number>
  expect(Values.length).toBeGreaterThan(0)
  expect(Values.length).toBeLessThanOrEqual(100)
  expect(Counts).toHaveLength(Values.length)
  expect(new Set(Values).size).toBe(Values.length)
  expect(Counts.every((count) => Number.isInteger(count) && count > 0)).toBe(true)
  expect(Counts.reduce((sum, count) => sum + count)).toBe(Count)
  expect(Values.every((one) => one >= Min && one <= Max)).toBe(true)
  expect(Sum).toBeGreaterThanOrEqual(Min)
}

describe('an EMF document', () => {
  it('is valid whatever happened', () => {
    const request = fc.record({
      status: fc.integer({ min: 100, max: 599 }),
      seconds: fc.oneof(
        fc.double({ min: 0, max: 500, noNaN: true }),
        fc.double({ min: 0, max: 0.01, noNaN: true }),
      ),
    })
    const dimensions = fc.dictionary(fc.stringMatching(/^[a-z]{1,10}$/), fc.stringMatching(/^[a-z]{1,10}$/), {
      maxKeys: 30,
    })
    fc.assert(
      fc.property(fc.array(request, { maxLength: 300 }), dimensions, (requests, dimensions) => {
        const counters = emfCounters()
        for (const { status, seconds } of requests) counters.record(status, seconds)
        const document = emfDocument(
          { namespace: 'desk', dimensions },
          counters.take(idle),
          Date.now(),
        ) as Document
        expectValid(document)
        expect(document['Requests']).toBe(requests.length)
        expect(document['Errors']).toBe(requests.filter(({ status }) => status >= 500).length)
        expect('Latency' in document).toBe(requests.length > 0)
      }),
    )
  })

  it('tells each latency within 8 %, and begins anew each time', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.0001, max: 99, noNaN: true }),
        fc.double({ min: 0.0001, max: 99, noNaN: true }),
        (a, b) => {
          const counters = emfCounters()
          for (const seconds of [a, b, a, b]) counters.record(200, seconds)
          const { latency } = counters.take(idle)
          for (const seconds of [a, b])
            expect(latency!.values.some((ms) => Math.abs(ms / (seconds * 1_000) - 1) < 0.08)).toBe(true)
          expect(counters.take(idle)).toEqual({ requests: 0, errors: 0, latency: undefined, ...idle })
        },
      ),
    )
  })

  it('counts what was not timed', () => {
    const counters = emfCounters()
    counters.record(503, undefined)
    expect(counters.take(idle)).toEqual({ requests: 1, errors: 1, latency: undefined, ...idle })
  })

  it('has a line for distributions at both ends of what is measured', () => {
    const counters = emfCounters()
    for (const seconds of [0, 0.00001, 500, 10_000]) counters.record(200, seconds)
    const { latency } = counters.take(idle)
    expect(latency).toMatchObject({ min: 0, max: 10_000_000, count: 4, counts: [2, 2] })
  })
})

describe('an app with EMF', () => {
  async function started(emf: EmfConfig, logLevel: 'info' | 'silent' = 'silent') {
    const lines: string[] = []
    const logTo = new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        lines.push(...text.split('\n').filter((line) => line !== ''))
        done()
      },
    })
    const plugin = definePlugin({
      name: 'items',
      freeda: '^1.0.0',
      setup({ router }) {
        router.get('/', (ctx) => {
          ctx.body = {}
        })
        router.get('/broken', () => {
          throw new Error('broken')
        })
      },
    })
    const app = await start({
      config: ({ secret }) => ({
        name: 'desk',
        server: { port: 0 },
        log: { level: logLevel },
        metrics: { path: false, emf, token: secret('METRICS_TOKEN') },
        plugins: [plugin()],
      }),
      mode: 'test',
      environment: { METRICS_TOKEN: 'a-very-secret-token' },
      signals: false,
      logTo,
    })
    onTestFinished(() => app.stop())
    const documents = () =>
      lines.map((line) => JSON.parse(line) as Document).filter((line) => line._aws !== undefined)
    return { app, lines, documents }
  }

  it('writes what is left when it stops, even when nothing else is logged', async () => {
    const { app, documents } = await started({ namespace: 'desk', dimensions: { stage: 'prod', zone: 'a' } })
    for (const path of ['', '', '/broken']) await fetch(`${app.url}/items${path}?token=a-very-secret-token`)
    await app.stop()
    const [document, ...more] = documents()
    expect(more).toEqual([])
    expectValid(document!)
    expect(document).toMatchObject({ stage: 'prod', zone: 'a', Requests: 3, Errors: 1, InFlight: 0 })
    expect(document!._aws.CloudWatchMetrics[0]).toMatchObject({
      Namespace: 'desk',
      Dimensions: [['stage', 'zone']],
    })
    expect(document!['Latency']).toMatchObject({ Count: 3 })
  })

  it('writes a document each interval, by the name of the app unless told otherwise', async () => {
    const { documents } = await started({ namespace: 'desk', intervalSeconds: 1 })
    await until(() => documents().length >= 2)
    for (const document of documents()) expectValid(document)
    expect(documents()[0]).toMatchObject({ app: 'desk', Requests: 0 })
  })

  it('never writes a secret, wherever it stands', async () => {
    const { app, lines } = await started(
      { namespace: 'desk', dimensions: { stage: 'a-very-secret-token' } },
      'info',
    )
    await fetch(`${app.url}/items?token=a-very-secret-token`)
    await app.stop()
    expect(lines.join('\n')).toContain('_aws')
    expect(lines.join('\n')).not.toContain('a-very-secret-token')
  })

  it.each([
    [{ namespace: 'AWS/ECS' }, 'namespace'],
    [{ namespace: 'with space' }, 'namespace'],
    [{ namespace: 'desk', dimensions: { Requests: 'x' } }, 'dimensions'],
    [{ namespace: 'desk', dimensions: { stage: ' ' } }, 'dimensions.stage'],
    [
      {
        namespace: 'desk',
        dimensions: Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`d${i}`, 'x'])),
      },
      'dimensions',
    ],
  ])('refuses what CloudWatch would drop in silence: %j', async (emf, at) => {
    await expect(started(emf)).rejects.toMatchObject({
      code: 'FREEDA_CONFIG_INVALID',
      message: expect.stringContaining(`metrics.emf.${at}`),
    })
  })
})
