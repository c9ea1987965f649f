/** The docs page in a real browser. Debian: `apt-get install chromium`. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { definePlugin } from '../../src/plugin.ts'
import { start, type App } from '../../src/start.ts'

const executablePath = '/usr/bin/chromium'
const flags =
  '--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run'
const there = existsSync(executablePath)
if (!there) console.warn(`skipped: the docs page in a browser, as there is no ${executablePath}`)

const Item = z
  .object({ id: z.number(), name: z.string(), at: z.date() })
  .meta({ id: 'Item', examples: [{ id: 7, name: 'chair' }] })
const items = definePlugin({
  name: 'items',
  freeda: '^1.0.0',
  setup({ router }) {
    router.get(
      '/:id',
      { params: z.object({ id: z.coerce.number() }), response: Item, summary: 'One item' },
      ({ params }) => ({
        id: params.id,
        name: 'chair',
        at: new Date(0),
      }),
    )
    router.post(
      '/',
      { body: z.object({ name: z.string().meta({ example: 'table' }) }), response: { 201: Item } },
      ({ body }) => ({ id: 8, at: new Date(0), ...body }),
    )
  },
})

describe.skipIf(!there)('the docs page in Chromium', () => {
  let app: App
  let browser: Awaited<ReturnType<typeof chromium.launch>>

  beforeAll(async () => {
    app = await start({
      config: {
        name: 'desk',
        server: { port: 0, host: '127.0.0.1' },
        log: { level: 'silent' },
        docs: true,
        plugins: [items()],
      },
      mode: 'production',
      environment: {},
      signals: false,
    })
    browser = await chromium.launch({ executablePath, args: flags.split(' ') })
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await app?.stop()
  })

  it(
    'shows the operations, sends requests that work, and never leaves its origin',
    { timeout: 60_000 },
    async () => {
      const page = await browser.newPage()
      const requested: string[] = []
      const complaints: string[] = []
      page.on('request', (request) => requested.push(request.url()))
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      await page.goto(`${app.url}/docs`)

      const one = page.locator('.opblock', { hasText: 'One item' })
      await one.locator('.opblock-summary').click()
      await one.getByRole('button', { name: 'Try it out' }).click()
      await one.locator('tr[data-param-name="id"] input').fill('7')
      await one.getByRole('button', { name: 'Execute' }).click()
      const live = one.locator('.live-responses-table .response')
      await live.waitFor()
      expect(await live.locator('.response-col_status').innerText()).toContain('200')
      expect(await live.innerText()).toContain('"name": "chair"')

      const create = page.locator('.opblock-post')
      await create.locator('.opblock-summary').click()
      await create.getByRole('button', { name: 'Try it out' }).click()
      expect(await create.locator('textarea.body-param__text').inputValue()).toContain('"table"')
      await create.getByRole('button', { name: 'Execute' }).click()
      await create.locator('.live-responses-table .response').waitFor()
      expect(
        await create.locator('.live-responses-table .response .response-col_status').innerText(),
      ).toContain('201')

      expect(requested.length).toBeGreaterThan(4)
      const elsewhere = requested.filter((url) => !url.startsWith('data:') && new URL(url).origin !== app.url)
      expect(elsewhere).toEqual([])
      expect(complaints).toEqual([])
      await page.close()
    },
  )
})
