/** The support desk on three instances behind a balancer, with one table and one Redis, while instances and the Redis are killed. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { hasRedis, orSkipped, startRedis } from '../../packages/cache-redis/test/redis-server.ts'
import { freshTable, startDynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import { startBalancer, type Balancer } from '../deploy/balancer/balancer.ts'
import { root } from '../docs/code-blocks.ts'
import { spawnApp, type SpawnedApp } from '../e2e/spawn-app.ts'
import { readEvents, type LiveEvent } from '../../examples/support-desk/test/read-events.ts'

const json = { 'content-type': 'application/json' }
const staff = { authorization: 'Bearer demo-staff-token' }

interface Message {
  readonly id: string
  readonly text: string
}

const texts = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text)

async function startDesk() {
  const dynamo = await startDynamo()
  onTestFinished(() => dynamo.stop())
  const redis = await startRedis()
  const environment = {
    TABLE_NAME: freshTable(),
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    REDIS_URL: redis.url,
  }
  const startInstance = () =>
    spawnApp({
      command: [join(root, 'packages/runtime/bin/freeda.js'), 'start'],
      cwd: join(root, 'examples/support-desk'),
      env: environment,
    })
  const balancer = await startBalancer({
    healthPath: '/health/ready',
    intervalMs: 100,
    timeoutMs: 1_000,
    healthyThreshold: 1,
    unhealthyThreshold: 1,
    deregistrationDelayMs: 100,
    idleTimeoutMs: 6_000,
  })
  onTestFinished(() => balancer.close())
  const register = async (instance: SpawnedApp) => {
    balancer.register(instance.url)
    await expect
      .poll(() => balancer.targets.find(({ url }) => url === instance.url)?.state, { timeout: 20_000 })
      .toBe('healthy')
    return instance
  }
  // The first one makes the table.
  const instances = [await register(await startInstance())]
  for (let n = 0; n < 2; n++) instances.push(await register(await startInstance()))
  /** Takes the place of one that is killed. */
  const replace = async (at: number) => {
    const old = instances[at]!
    await old.end('SIGKILL')
    void balancer.deregister(old.url)
    instances[at] = await register(await startInstance())
  }
  return { balancer, redis, instances, replace }
}

async function open(url: string): Promise<string> {
  const answer = await fetch(`${url}/tickets`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({
      channel: 'chat',
      subject: 'Lamp',
      text: 'first',
      customer: { name: 'Niamh Brennan' },
    }),
  })
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { id: string }).id
}

/** @returns whether it was acknowledged */
async function write(url: string, ticketId: string, text: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/tickets/${ticketId}/messages`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ text }),
      signal: AbortSignal.timeout(10_000),
    })
    await answer.arrayBuffer()
    return answer.status === 201
  } catch {
    return false
  }
}

const listen = (url: string, ticketId: string, after?: string) =>
  fetch(`${url}/tickets/${ticketId}/events`, {
    headers: { accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': after }) },
  })

async function conversation(url: string, ticketId: string): Promise<Message[]> {
  const messages: Message[] = []
  let cursor: string | undefined
  do {
    const query = new URLSearchParams({ limit: '100', ...(cursor && { cursor }) })
    const answer = await fetch(`${url}/tickets/${ticketId}/messages?${query.toString()}`)
    const page = (await answer.json()) as { items: Message[]; cursor?: string }
    messages.push(...page.items)
    ;({ cursor } = page)
  } while (cursor !== undefined)
  return messages
}

/** Follows a ticket as a browser does: when the stream breaks it goes on behind what it saw last. */
function follow(balancer: Balancer, ticketId: string) {
  const seen: LiveEvent<Message>[] = []
  let isOver = false
  const following = (async () => {
    while (!isOver)
      try {
        const response = await listen(balancer.url, ticketId, seen.at(-1)?.id)
        const before = seen.length
        await readEvents<Message>(response, (events) => {
          seen.push(...events.slice(seen.length - before))
          return isOver
        })
      } catch {
        await pause(20) // As a browser waits before it connects again.
      }
  })()
  return {
    seen,
    /** The next message that comes ends it. */
    async end() {
      isOver = true
      await following
    },
  }
}

it.skipIf(!hasRedis)(`what is written on one instance is heard on all, at once${orSkipped}`, async () => {
  const { balancer, instances } = await startDesk()
  const id = await open(balancer.url)
  const followed = await Promise.all(
    instances.map(async ({ url }) => {
      const times = new Map<string, number>()
      const response = await listen(url, id)
      const reading = readEvents<Message>(response, (events) => {
        for (const { data } of events) if (!times.has(data.text)) times.set(data.text, performance.now())
        return events.length === 31
      })
      await expect.poll(() => times.has('first')).toBe(true)
      return { times, reading }
    }),
  )
  const written = new Map<string, number>()
  for (let n = 0; n < 30; n++) {
    expect(await write(balancer.url, id, `message ${n}`)).toBe(true)
    written.set(`message ${n}`, performance.now())
  }
  for (const { times, reading } of followed) {
    expect((await reading).map(({ data }) => data.text)).toEqual(['first', ...written.keys()])
    const late = [...written].map(([text, atMs]) => times.get(text)! - atMs).toSorted((a, b) => a - b)
    expect(late[15], 'milliseconds from the acknowledgement to the event, half of them').toBeLessThan(250)
  }
})

it.skipIf(!hasRedis)(
  `no acknowledged message is missed while instances and the Redis are killed${orSkipped}`,
  async () => {
    const { balancer, redis, instances, replace } = await startDesk()
    const ids = await Promise.all([0, 1, 2].map(() => open(balancer.url)))
    const followers = ids.flatMap((id) => [follow(balancer, id), follow(balancer, id)])
    const acknowledged = new Map(ids.map((id) => [id, [] as string[]]))
    let isOver = false
    const writing = ids.map(async (id) => {
      while (!isOver) {
        const text = `message ${randomUUID()}`
        if (await write(balancer.url, id, text)) acknowledged.get(id)!.push(text)
        else await pause(20)
      }
    })
    for (let kill = 0; kill < 6; kill++) {
      const before = [...acknowledged.values()].map((list) => list.length)
      if (kill === 3) await redis.kill()
      await replace(kill % instances.length)
      if (kill === 3) await redis.restart()
      // Writers get on after each kill.
      await expect
        .poll(() => [...acknowledged.values()].every((list, at) => list.length > before[at]! + 10), {
          timeout: 60_000,
        })
        .toBe(true)
    }
    isOver = true
    await Promise.all(writing)

    for (const [at, id] of ids.entries()) {
      const stored = await conversation(balancer.url, id)
      expect(texts(stored)).toEqual(expect.arrayContaining(acknowledged.get(id)!))
      for (const { seen } of followers.slice(2 * at, 2 * at + 2))
        await expect
          .poll(() => seen.map(({ data }) => data.id), { timeout: 15_000 })
          .toEqual(stored.map((message) => message.id))
    }

    // Every message is read in the end, also those whose instance was killed with it in its hands.
    for (const id of ids) {
      expect(await write(balancer.url, id, 'The invoice is wrong, I want a refund.')).toBe(true)
      await expect
        .poll(
          async () => {
            const answer = await fetch(`${balancer.url}/staff/tickets/${id}`, { headers: staff })
            return ((await answer.json()) as { analysis?: { category: string } }).analysis?.category
          },
          { timeout: 60_000 },
        )
        .toBe('billing')
    }
    await Promise.all(followers.map((follower) => follower.end()))
  },
)

it.skipIf(!hasRedis)(
  `an overdue ticket gets one alarm, and statistics are counted once, for all instances${orSkipped}`,
  async () => {
    const { balancer, instances } = await startDesk()
    const createdAt = '2026-03-14T09:00:00.000Z'
    const records = Array.from({ length: 20 }, (_, n) =>
      JSON.stringify({
        externalId: `T-${n}`,
        channel: 'chat',
        status: 'open',
        subject: 'Long ago',
        customer: { name: 'Yuki Vance' },
        createdAt,
        messages: [{ kind: 'customer', text: 'Hello', createdAt }],
      }),
    )
    const taken = await fetch(`${balancer.url}/imports`, {
      method: 'POST',
      headers: { ...staff, 'content-type': 'application/x-ndjson' },
      body: records.join('\n'),
    })
    expect(taken.status).toBe(200)
    const queue = (await (
      await fetch(`${balancer.url}/staff/queue?limit=100`, { headers: staff })
    ).json()) as {
      items: { id: string }[]
    }
    expect(queue.items).toHaveLength(20)
    const notesOf = async (id: string) => {
      const answer = await fetch(`${balancer.url}/staff/tickets/${id}/messages?limit=100`, { headers: staff })
      return ((await answer.json()) as { items: { kind: string }[] }).items.filter(
        ({ kind }) => kind === 'note',
      )
    }
    const counts = async () =>
      (await Promise.all(queue.items.map(({ id }) => notesOf(id)))).map((notes) => notes.length)
    const once = queue.items.map(() => 1)
    await expect.poll(counts, { timeout: 75_000, interval: 500 }).toEqual(once)

    const counted = await Promise.all(
      instances.map(async ({ url }) => {
        const answer = await fetch(`${url}/staff/statistics`, { headers: staff })
        return (await answer.json()) as { overdue: number; countedAt: string }
      }),
    )
    expect(counted.map(({ overdue }) => overdue)).toEqual([20, 20, 20])
    expect(new Set(counted.map(({ countedAt }) => countedAt)).size).toBe(1)

    // The next minute brings no second alarm.
    const runs = async () => {
      const answer = await fetch(`${balancer.url}/health`)
      const { schedules } = (await answer.json()) as {
        schedules: { name: string; last?: { slot: string } }[]
      }
      return schedules.find(({ name }) => name === 'slaAlarms')?.last?.slot
    }
    const slot = await runs()
    await expect.poll(runs, { timeout: 75_000, interval: 500 }).not.toBe(slot)
    expect(await counts()).toEqual(once)
  },
)
