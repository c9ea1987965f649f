/** Processes that share a queue on one table and are killed at random, and what is left then. */
import { collection } from '@freeda/runtime'
import { collectionInfo, openStorage } from '@freeda/runtime/driver'
import { openDynamoDriver } from '@freeda/storage-dynamodb'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { freshTable, startDynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import { spawnApp, type SpawnedApp } from '../e2e/spawn-app.ts'

const app = fileURLToPath(new URL('worker-app.mjs', import.meta.url))
const named = { name: 'effects', indexes: { byJob: { partition: 'job' } } } as const
const effectsCollection = collection(z.object({ job: z.string(), pid: z.number() }), named)
const ordersCollection = collection(z.object({ n: z.number() }), { name: 'orders' })

export interface Shop {
  start(env?: Readonly<Record<string, string>>): Promise<SpawnedApp>
  /** Process ids of those that did a job in effect. */
  effectsOf(order: string): Promise<number[]>
  /** All orders, by id. */
  orders(): Promise<string[]>
}

/** A table of its own on a DynamoDB of its own; gone after the test. */
export async function openShop(): Promise<Shop> {
  const dynamo = await startDynamo()
  const table = freshTable()
  const { endpoint } = dynamo
  const collections = [effectsCollection, ordersCollection].map(collectionInfo)
  const storage = openStorage(await openDynamoDriver({ table, endpoint, collections, prepare: 'create' }))
  onTestFinished(async () => {
    await storage.close()
    await dynamo.stop()
  })
  const effects = storage.collection(effectsCollection)
  const orders = storage.collection(ordersCollection)
  return {
    start: (env = {}) =>
      spawnApp({
        command: [app],
        cwd: process.cwd(),
        env: { TABLE_NAME: table, ENDPOINT: endpoint, ...env },
      }),
    async effectsOf(order) {
      const { items } = await effects.query({ index: 'byJob', partition: order })
      return items.map(({ pid }) => pid)
    },
    async orders() {
      const ids: string[] = []
      for await (const { id } of orders.iterate()) ids.push(id)
      return ids
    },
  }
}

/** One process after the other on a JSON store. */
export function openJsonShop(directory: string): Pick<Shop, 'start' | 'effectsOf'> {
  let current: SpawnedApp | undefined
  return {
    async start() {
      current = await spawnApp({ command: [app], cwd: process.cwd(), env: { DATA_DIR: directory } })
      return current
    },
    async effectsOf(order) {
      const answer = await fetch(`${current!.url}/effects/${order}`)
      return (await answer.json()) as number[]
    },
  }
}

/** Orders `count` things of processes of which one after the other is killed while it works. */
export async function killWhileOrdering(
  shop: Pick<Shop, 'start'>,
  { count, kills, processes = 3 }: { count: number; kills: number; processes?: number },
): Promise<void> {
  const apps = await Promise.all(Array.from({ length: processes }, () => shop.start()))
  const random = (below: number) => Math.floor(Math.random() * below)

  async function order(n: number): Promise<void> {
    for (;;) {
      const { url } = apps[random(processes)]!
      const answer = await fetch(`${url}/orders/order-${n}`, { method: 'POST' }).catch(() => undefined)
      // 409: an earlier try went through, although its answer was lost.
      if (answer?.ok === true || answer?.status === 409) return
      await sleep(20)
    }
  }
  async function killOne(): Promise<void> {
    await sleep(random(200))
    const at = random(processes)
    await apps[at]!.end('SIGKILL')
    apps[at] = await shop.start()
  }
  let ordered = 0
  for (let killed = 0; killed < kills; killed++) {
    const until = Math.round((count * (killed + 1)) / kills)
    const batch = Array.from({ length: until - ordered }, (_, n) => order(ordered + n))
    ordered = until
    await Promise.all([...batch, killOne()])
  }
}
