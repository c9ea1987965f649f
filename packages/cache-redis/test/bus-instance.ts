/** One instance of an app that publishes on a server. */
import { Bus, definePlugin } from '@freeda/runtime'
import { testApp, type TestAppOptions } from '@freeda/runtime/testing'
import { expect, onTestFinished, vi } from 'vitest'
import { redis } from '../src/index.ts'

export async function busInstance(
  options: Parameters<typeof redis>[0],
  config: Partial<TestAppOptions> = {},
) {
  const buses: Bus[] = []
  const user = (name: string) =>
    definePlugin({
      name,
      freeda: '^1.0.0',
      needs: { bus: Bus },
      setup: ({ needs }) => void buses.push(needs.bus),
    })()
  const app = await testApp({ plugins: [user('desk'), user('shop'), redis(options)], ...config })
  onTestFinished(() => app.stop())
  const messages = () => app.logs.map(({ msg }) => String(msg))
  return { app, bus: buses[0]!, shop: buses[1]!, messages }
}

/** Subscribes, and writes down what comes: messages, and `gap`. */
export async function listen(bus: Bus, topic = 'tickets') {
  const heard: unknown[] = []
  const subscription = await bus.subscribe(topic, (message) => heard.push(message), {
    onGap: () => heard.push('gap'),
  })
  return { heard, ...subscription }
}

export const hears = ({ heard }: { heard: unknown[] }, what: unknown) =>
  vi.waitFor(() => expect(heard).toContainEqual(what), { timeout: 30_000, interval: 5 })

/** Publishes until it is handed on. */
export const handsOn = (bus: Bus, message: unknown, topic = 'tickets') =>
  vi.waitFor(async () => expect(await bus.publish(topic, message)).toBe(true), {
    timeout: 30_000,
    interval: 50,
  })
