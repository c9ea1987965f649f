/** What buses count, by plugin. Topics are no labels: there may be one for each document. */
import type { MetricsRegistrar } from '../metrics.ts'

export interface BusMetrics {
  published(isHandedOn: boolean): void
  delivered(isDone: boolean): void
  dropped(messages: number): void
  gap(): void
}

/** @returns what counts for one plugin */
export function busMetrics(metrics: MetricsRegistrar): (plugin: string) => BusMetrics {
  const published = metrics.counter({
    name: 'published_total',
    help: 'Messages published, by outcome: ok, or error when they may not have reached other instances.',
    labels: ['plugin', 'outcome'],
  })
  const delivered = metrics.counter({
    name: 'delivered_total',
    help: 'Messages given to listeners, by outcome: ok, or error when the listener failed.',
    labels: ['plugin', 'outcome'],
  })
  const dropped = metrics.counter({
    name: 'dropped_total',
    help: 'Messages dropped because a listener was too slow.',
    labels: ['plugin'],
  })
  const gaps = metrics.counter({
    name: 'gaps_total',
    help: 'Times that a subscription may have missed messages.',
    labels: ['plugin'],
  })
  return (plugin) => {
    const own = { plugin }
    const ok = { plugin, outcome: 'ok' }
    const error = { plugin, outcome: 'error' }
    return {
      published: (isHandedOn) => published.add(1, isHandedOn ? ok : error),
      delivered: (isDone) => delivered.add(1, isDone ? ok : error),
      dropped: (messages) => dropped.add(messages, own),
      gap: () => gaps.add(1, own),
    }
  }
}
