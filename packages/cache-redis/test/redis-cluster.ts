/** A cluster of redis-servers for a test, each with a third of the slots. */
import { expect, vi } from 'vitest'
import { freePort, startRedis, type RedisServer } from './redis-server.ts'

const slots = 16_384
const shared = [
  ['--cluster-enabled', 'yes'],
  ['--cluster-node-timeout', '1000'],
  ['--cluster-require-full-coverage', 'no'],
].flat()

/** @returns the nodes; each knows the others. A node that dies takes its slots along, and the others go on. */
export async function startCluster(size = 3): Promise<RedisServer[]> {
  const busPorts = await Promise.all(Array.from({ length: size }, freePort))
  const nodes = await Promise.all(
    busPorts.map((port) => startRedis([...shared, '--cluster-port', String(port)])),
  )
  for (const [at, node] of nodes.entries()) {
    const [from, to] = [Math.floor((slots * at) / size), Math.floor((slots * (at + 1)) / size) - 1]
    node.command('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
    nodes[0]!.command('CLUSTER', 'MEET', '127.0.0.1', String(node.port), String(busPorts[at]))
  }
  await vi.waitFor(
    () => {
      for (const node of nodes) {
        expect(node.command('CLUSTER', 'INFO')).toContain('cluster_state:ok')
        expect(node.command('CLUSTER', 'INFO')).toContain(`cluster_slots_ok:${slots}`)
      }
    },
    { timeout: 30_000, interval: 100 },
  )
  return nodes
}
