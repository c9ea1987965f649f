import { expectTypeOf } from 'vitest'
import type { Counter, Gauge, Histogram, MetricsRegistrar } from '../../src/index.ts'

declare const metrics: MetricsRegistrar

const plain = metrics.counter({ name: 'a_total', help: 'x' })
expectTypeOf(plain).toEqualTypeOf<Counter>()
plain.add(1)
// @ts-expect-error -- it has no labels
plain.add(1, { kind: 'x' })

const labelled = metrics.counter({ name: 'b_total', help: 'x', labels: ['kind', 'size'] })
expectTypeOf(labelled).toEqualTypeOf<Counter<'kind' | 'size'>>()
labelled.add(1, { kind: 'x', size: 3 })
// @ts-expect-error -- a label is missing
labelled.add(1, { kind: 'x' })
// @ts-expect-error -- labels are missing
labelled.add(1)
// @ts-expect-error -- there is no such label
labelled.add(1, { kind: 'x', size: 3, color: 'red' })

expectTypeOf(metrics.gauge({ name: 'c', help: 'x' })).toEqualTypeOf<Gauge>()
expectTypeOf(metrics.histogram({ name: 'd', help: 'x', labels: ['kind'] })).toEqualTypeOf<Histogram<'kind'>>()
// @ts-expect-error -- a counter has no buckets
metrics.counter({ name: 'e_total', help: 'x', buckets: [1] })
