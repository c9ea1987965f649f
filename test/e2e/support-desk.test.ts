import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../docs/code-blocks.ts'
import { spawnApp, temporaryFolder } from './spawn-app.ts'

const cwd = join(root, 'examples/support-desk')
const freeda = join(root, 'packages/runtime/bin/freeda.js')
const staff = { authorization: 'Bearer demo-staff-token' }

const startDesk = (folder: string, env: Record<string, string> = {}) =>
  spawnApp({ command: [freeda, 'start'], cwd, env: { DATA_DIR: folder, ...env } })

const newTicket = (subject: string) => ({
  channel: 'email',
  subject,
  text: 'My lamp does not work.',
  customer: { name: 'Zoé Martin', email: 'zoe.martin@example.com' },
})

async function open(url: string, subject: string): Promise<string> {
  const response = await fetch(`${url}/tickets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(newTicket(subject)),
  })
  if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`)
  return ((await response.json()) as { id: string }).id
}

interface TicketPage {
  readonly items: readonly { id: string; status: string; createdAt: string }[]
  readonly cursor?: string
}

async function listOpen(url: string): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const query = new URLSearchParams({
      status: 'open',
      limit: '25',
      ...(cursor === undefined ? {} : { cursor }),
    })
    const response = await fetch(`${url}/staff/tickets?${String(query)}`, { headers: staff })
    expect(response.status).toBe(200)
    const page = (await response.json()) as TicketPage
    ids.push(...page.items.map((ticket) => ticket.id))
    cursor = page.cursor
  } while (cursor !== undefined)
  return ids
}

describe('support-desk, as a process on the JSON store', () => {
  it('imports the samples, lists by status with cursors, and has them after a restart', async () => {
    const folder = await temporaryFolder()
    const first = await startDesk(folder)
    const response = await fetch(`${first.url}/imports`, {
      method: 'POST',
      headers: { ...staff, 'content-type': 'application/json' },
      body: await readFile(join(cwd, 'samples/tickets.json')),
    })
    expect(await response.json()).toMatchObject({
      created: expect.toSatisfy((n: number) => n >= 300),
      failed: 0,
    })
    const id = await open(first.url, 'A new one')
    const before = await listOpen(first.url)
    expect(before).toContain(id)
    expect(new Set(before).size).toBe(before.length)
    expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null })

    const second = await startDesk(folder)
    expect(await listOpen(second.url)).toEqual(before)
  })

  it('loses no acknowledged write when it is killed while writes are in flight', async () => {
    const folder = await temporaryFolder()
    const acknowledged: string[] = []
    for (let round = 0; round < 3; round++) {
      const app = await startDesk(folder)
      const until = acknowledged.length + 60
      const writers = Array.from({ length: 16 }, async (_, writer) => {
        for (let i = 0; ; i++)
          acknowledged.push(await open(app.url, `Round ${round}, writer ${writer}, ${i}`))
      })
      const ended = Promise.allSettled(writers)
      await expect.poll(() => acknowledged.length).toBeGreaterThan(until)
      expect(await app.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
      await ended
    }
    const app = await startDesk(folder)
    const stored = new Set(await listOpen(app.url))
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
  })

  it('fails no request when it is told to stop under load', async () => {
    const app = await startDesk(await temporaryFolder(), {
      NODE_ENV: 'production',
      STAFF_TOKEN: 'a-token-of-our-own',
    })
    const counts = { answered: 0, failed: [] as string[] }
    // Like a balancer: connections are kept, given up when the app says so, and no longer used once readiness is red.
    let routing = true
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    const one = () =>
      new Promise<void>((resolve) => {
        const body = JSON.stringify(newTicket('Under load'))
        const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
        request(`${app.url}/tickets`, { method: 'POST', agent, headers }, (response) => {
          if (response.statusCode === 201) counts.answered++
          else counts.failed.push(String(response.statusCode))
          response.resume().on('end', resolve)
        })
          .on('error', (error: NodeJS.ErrnoException) => {
            counts.failed.push(String(error.code))
            resolve()
          })
          .end(body)
      })
    const clients = Array.from({ length: 8 }, async () => {
      while (routing) await one()
    })
    await expect.poll(() => counts.answered).toBeGreaterThan(50)
    const answeredBefore = counts.answered
    const ended = app.end('SIGTERM')
    await expect.poll(async () => (await fetch(`${app.url}/health/ready`)).status).toBe(503)
    await expect.poll(() => counts.answered).toBeGreaterThan(answeredBefore)
    routing = false
    expect(await ended).toEqual({ code: 0, signal: null })
    await Promise.all(clients)
    agent.destroy()
    expect(counts.failed).toEqual([])
  })

  it('lets a second process know who uses the data folder', async () => {
    const folder = await temporaryFolder()
    const first = await startDesk(folder)
    await expect(startDesk(folder)).rejects.toThrow(
      new RegExp(`process ${first.child.pid}\\b[\\s\\S]*FREEDA_STORAGE_LOCKED`),
    )
  })

  it('exits at once on a second signal', async () => {
    const app = await startDesk(await temporaryFolder(), {
      NODE_ENV: 'production',
      STAFF_TOKEN: 'a-token-of-our-own',
    })
    const ended = app.end('SIGTERM') // Drains for five seconds.
    await expect.poll(app.output).toContain('"msg":"draining"')
    app.child.kill('SIGTERM')
    expect((await ended).code).toBe(143)
  })

  it('refuses to start in production without its secret', async () => {
    const started = startDesk(await temporaryFolder(), { NODE_ENV: 'production' })
    await expect(started).rejects.toThrow('the secret STAFF_TOKEN is not set')
  })
})
