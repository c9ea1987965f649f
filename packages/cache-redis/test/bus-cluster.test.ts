import { describe, expect, it, vi } from 'vitest'
import { busInstance, handsOn, hears, listen } from './bus-instance.ts'
import { startCluster } from './redis-cluster.ts'
import { hasRedis, orSkipped } from './redis-server.ts'

describe.skipIf(!hasRedis)(`a bus on a cluster${orSkipped}`, () => {
  it('reaches subscribers on every node, in order, wherever somebody publishes', async () => {
    const nodes = await startCluster()
    const instances = await Promise.all(
      Array.from({ length: 9 }, (_, at) =>
        busInstance({ url: nodes[at % 3]!.url, cluster: true, timeLimitMs: 5_000 }),
      ),
    )
    const topics = ['a', 'b', 'c', 'd']
    const ears = await Promise.all(
      instances.flatMap(({ bus }) => topics.map(async (topic) => ({ topic, ...(await listen(bus, topic)) }))),
    )
    const used = nodes.filter((node) => node.command('PUBSUB', 'CHANNELS') !== '')
    expect(used.length).toBeGreaterThan(1)
    const count = 200
    for (const topic of topics)
      await Promise.all(
        Array.from({ length: count }, (_, at) => instances[0]!.bus.publish(topic, `${topic} ${at}`)),
      )
    for (const { topic, heard } of ears) {
      await vi.waitFor(() => expect(heard).toHaveLength(count), 10_000)
      expect(heard).toEqual(Array.from({ length: count }, (_, at) => `${topic} ${at}`))
    }
    await Promise.all(instances.map(({ app }) => app.stop()))
  })

  it('goes on by another node when one dies, with a gap', async () => {
    const nodes = await startCluster()
    const url = nodes[0]!.url
    const [a, b] = await Promise.all(
      [0, 1].map(() => busInstance({ url, cluster: true, timeLimitMs: 1_000 })),
    )
    const topics = Array.from({ length: 12 }, (_, at) => `topic ${at}`)
    const ears = await Promise.all(topics.map((topic) => listen(b!.bus, topic)))
    const isHeardBy = nodes.map((node) => node.command('PUBSUB', 'CHANNELS') !== '')
    const dying = nodes[isHeardBy.indexOf(true)]!
    await dying.kill()
    await hears(ears[0]!, 'gap')
    for (const topic of topics) await handsOn(a!.bus, 'after', topic)
    for (const ear of ears) await hears(ear, 'after')
    await Promise.all([a!.app.stop(), b!.app.stop()])
  })
})
