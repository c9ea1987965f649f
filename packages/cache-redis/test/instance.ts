/** One instance of an app that caches on a server. */
import { Cache, definePlugin } from '@freeda/runtime'
import { testApp, type TestAppOptions } from '@freeda/runtime/testing'
import { onTestFinished } from 'vitest'
import { redis } from '../src/index.ts'

export async function instance(options: Parameters<typeof redis>[0], config: Partial<TestAppOptions> = {}) {
  const caches: Cache[] = []
  const user = (name: string) =>
    definePlugin({
      name,
      freeda: '^1.0.0',
      needs: { cache: Cache },
      setup: ({ needs }) => void caches.push(needs.cache),
    })()
  const app = await testApp({ plugins: [user('desk'), user('shop'), redis(options)], ...config })
  onTestFinished(() => app.stop())
  const messages = () => app.logs.map(({ msg }) => String(msg))
  return { app, cache: caches[0]!, shop: caches[1]!, messages }
}

export const minute = 60_000
