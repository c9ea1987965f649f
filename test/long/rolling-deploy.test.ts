/** Two instances behind a balancer, replaced one after the other while clients go on sending. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshTable, startDynamo, type Dynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import {
  startBalancer,
  targetHeader,
  type Balancer,
  type BalancerOptions,
} from '../deploy/balancer/balancer.ts'
import { startLoad } from '../deploy/balancer/steady-load.ts'
import { root } from '../docs/code-blocks.ts'
import { spawnApp, type SpawnedApp } from '../e2e/spawn-app.ts'

/** A tenth of what ecs-fargate.yaml says, and the app's drain likewise: the proportions are what matters. */
const balancing: BalancerOptions = {
  healthPath: '/health/ready',
  intervalMs: 200,
  timeoutMs: 1_000,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
  deregistrationDelayMs: 1_500,
  idleTimeoutMs: 6_000,
}
const rollouts = 20

let dynamo: Dynamo
let table: string

beforeAll(async () => {
  dynamo = await startDynamo()
  table = freshTable()
})
afterAll(() => dynamo.stop())

const startInstance = () =>
  spawnApp({
    command: [join(root, 'packages/runtime/bin/freeda.js'), 'start'],
    cwd: join(root, 'test/deploy/notes-app'),
    env: { NODE_ENV: 'production', TABLE_NAME: table, DYNAMO_ENDPOINT: dynamo.endpoint },
  })

const stateOf = (balancer: Balancer, url: string) =>
  balancer.targets.find((target) => target.url === url)?.state

async function startService(): Promise<{ balancer: Balancer; instances: SpawnedApp[] }> {
  const balancer = await startBalancer(balancing)
  const instances = [await startInstance(), await startInstance()]
  for (const { url } of instances) {
    balancer.register(url)
    await expect.poll(() => stateOf(balancer, url), { timeout: 20_000 }).toBe('healthy')
  }
  return { balancer, instances }
}

describe('a rolling deploy under load', () => {
  // ECS lets a target drain before it stops the task. A Spot task that is taken away gets its signal at the same moment.
  it.each([
    ['the signal comes when the target has drained', true],
    ['the signal comes together with the deregistration', false],
  ])('loses no request when %s', async (_, drainsFirst) => {
    const { balancer, instances } = await startService()
    const load = startLoad(balancer.url, { clients: 16, pauseMs: 2 })
    for (let rollout = 0; rollout < rollouts / 2; rollout++)
      for (let place = 0; place < instances.length; place++) {
        const old = instances[place]!
        const next = await startInstance()
        balancer.register(next.url)
        await expect.poll(() => stateOf(balancer, next.url), { timeout: 20_000 }).toBe('healthy')
        const drained = balancer.deregister(old.url)
        if (drainsFirst) await drained
        expect(await old.end('SIGTERM')).toEqual({ code: 0, signal: null })
        await drained
        instances[place] = next
      }
    await load.stop()
    expect(load.failures).toEqual([])
    expect(load.sent).toBeGreaterThan(rollouts * 100)

    // What was acknowledged by any of the forty instances is there.
    for (const id of load.acknowledged) {
      const answer = await fetch(`${balancer.url}/notes/${id}`)
      await answer.body?.cancel()
      expect(answer.status).toBe(200)
    }
    await balancer.close()
    for (const instance of instances) await instance.end('SIGKILL')
  })
})

describe('an instance that is killed', () => {
  it('fails only what was sent to it, until the checks take it out', async () => {
    const { balancer, instances } = await startService()
    const [victim, survivor] = instances as [SpawnedApp, SpawnedApp]
    const load = startLoad(balancer.url, { clients: 16, pauseMs: 2 })
    await expect.poll(() => load.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(200)
    const killedMs = performance.now()
    await victim.end('SIGKILL')
    await expect
      .poll(() => stateOf(balancer, victim.url), { timeout: 20_000, interval: 10 })
      .toBe('unhealthy')
    const outMs = performance.now()
    const acknowledged = load.acknowledged.length
    await expect.poll(() => load.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(acknowledged + 200)
    await load.stop()

    expect(load.failures.filter(({ target }) => target !== victim.url)).toEqual([])
    expect(load.failures.filter(({ startedMs }) => startedMs > outMs)).toEqual([])
    const { intervalMs, timeoutMs, unhealthyThreshold } = balancing
    expect(outMs - killedMs).toBeLessThan((intervalMs + timeoutMs) * unhealthyThreshold + timeoutMs)
    const answer = await fetch(`${balancer.url}/health/ready`)
    expect([answer.status, answer.headers.get(targetHeader)]).toEqual([200, survivor.url])
    await balancer.close()
    await survivor.end('SIGTERM')
  })
})
