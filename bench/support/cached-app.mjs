/** An app with one plugin that caches, without a socket. */
import { Cache, definePlugin } from '@freeda/runtime'
import { testApp } from '@freeda/runtime/testing'

/** @param plugins what provides the store, if anything */
export async function cachedApp(plugins = []) {
  let cache
  const desk = definePlugin({
    name: 'desk',
    freeda: '^1.0.0',
    needs: { cache: Cache },
    setup: ({ needs }) => void (cache = needs.cache),
  })
  const app = await testApp({ plugins: [desk(), ...plugins] })
  return { app, cache }
}
