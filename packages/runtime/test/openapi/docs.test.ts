/** The document and its page, as an app serves them. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { definePlugin } from '../../src/plugin.ts'
import { start } from '../../src/start.ts'
import { describeApp } from '../../src/describe-app.ts'
import { testApp } from '../../src/testing.ts'

const shop = definePlugin({
  name: 'shop',
  freeda: '^1.0.0',
  setup({ router }) {
    router.get(
      '/:id',
      { params: z.object({ id: z.coerce.number() }), response: z.object({ id: z.number() }) },
      ({ params }) => params,
    )
  },
})

describe('the docs of an app', () => {
  it('are at /openapi.json and /docs by default, outside production', async () => {
    await using app = await testApp({ name: 'desk', version: '2.0.0', plugins: [shop()] })
    const document = await app.request('/openapi.json')
    expect(document.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await document.json()).toMatchObject({
      openapi: '3.1.1',
      info: { title: 'desk', version: '2.0.0' },
      paths: { '/shop/{id}': { get: { tags: ['shop'] } } },
    })
    const page = await app.request('/docs')
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(await page.text()).not.toMatch(/https?:|<script>/)
    for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'start.js'])
      expect((await app.request(`/docs/${name}`)).status).toBe(200)
    expect((await app.request('/docs/package.json')).status).toBe(404)
  })

  it('are sent once to a browser that keeps them', async () => {
    await using app = await testApp({ plugins: [shop()] })
    for (const path of ['/docs', '/openapi.json', '/docs/swagger-ui-bundle.js']) {
      const etag = (await app.request(path)).headers.get('etag')!
      expect((await app.request(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
    }
  })

  it('are where the config says, or nowhere', async () => {
    await using elsewhere = await testApp({ plugins: [shop()], docs: { path: '/api/reference' } })
    expect((await elsewhere.request('/api/reference')).status).toBe(200)
    expect((await elsewhere.request('/openapi.json')).status).toBe(200)
    expect((await elsewhere.request('/docs')).status).toBe(404)
    await using none = await testApp({ plugins: [shop()], docs: false })
    expect((await none.request('/docs')).status).toBe(404)
    expect((await none.request('/openapi.json')).status).toBe(404)
  })

  it('are not there in production unless the config asks for them', async () => {
    const config = {
      name: 'desk',
      server: { port: 0, host: '127.0.0.1', drain: 0 },
      log: { level: 'silent' },
      plugins: [shop()],
    } as const
    const options = { mode: 'production', environment: {}, signals: false } as const
    for (const [docs, status] of [
      [undefined, 404],
      [true, 200],
    ] as const) {
      const app = await start({ config: docs === undefined ? config : { ...config, docs }, ...options })
      try {
        expect((await fetch(`${app.url}/docs`)).status).toBe(status)
        expect((await fetch(`${app.url}/openapi.json`)).status).toBe(status)
      } finally {
        await app.stop()
      }
    }
  })

  it('give way to routes of the app when nobody asked for them, and conflict with them when somebody did', async () => {
    const docs = definePlugin({
      name: 'own',
      freeda: '^1.0.0',
      prefix: '/docs',
      setup({ router }) {
        router.get('/', (ctx) => void (ctx.body = 'mine'))
      },
    })
    await using app = await testApp({ plugins: [docs()] })
    expect(await (await app.request('/docs')).text()).toBe('mine')
    expect(app.logs.find(({ msg }) => String(msg).startsWith('no API docs: plugin "own"'))).toBeDefined()
    await expect(testApp({ plugins: [docs()], docs: true })).rejects.toMatchObject({
      code: 'FREEDA_ROUTE_CONFLICT',
    })
  })

  it('refuse a path that is none', async () => {
    await expect(testApp({ plugins: [], docs: { path: 'docs' } })).rejects.toMatchObject({
      code: 'FREEDA_CONFIG_INVALID',
    })
    await expect(testApp({ plugins: [], docs: { path: '/:x' } })).rejects.toMatchObject({
      code: 'FREEDA_CONFIG_INVALID',
    })
    await expect(testApp({ plugins: [], docs: { path: '/a', openapi: '/a' } })).rejects.toMatchObject({
      code: 'FREEDA_CONFIG_INVALID',
    })
  })

  it('can be had without listening, and the plugins are stopped again', async () => {
    const seen: string[] = []
    const hooked = definePlugin({
      name: 'hooked',
      freeda: '^1.0.0',
      setup({ router, onStop }) {
        router.get('/x', { summary: 'X' }, () => null)
        onStop(() => void seen.push('stopped'))
      },
    })
    const app = await describeApp({ config: { name: 'desk', plugins: [hooked()] }, environment: {} })
    expect(app.openapi()['paths']).toMatchObject({ '/hooked/x': { get: { summary: 'X' } } })
    expect(seen).toEqual(['stopped'])
  })
})
