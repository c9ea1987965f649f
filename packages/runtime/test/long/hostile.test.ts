/** Minutes of hostile requests, and as many idle connections as the system allows, up to 10,000. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startTarget, type Target } from '../http/hostile/app.ts'
import { attack, good } from '../http/hostile/attack.ts'
import { randomAttacks } from '../http/hostile/random-attacks.ts'
import { siege } from '../http/hostile/siege.ts'

const seconds = Number(process.env['HOSTILE_SECONDS'] ?? 120)
const firstSeed = Number(process.env['HOSTILE_SEED'] ?? Date.now() % 1_000_000_000)

/** Both ends are in this process, and Node raises its own limit to the hard one. */
const openFiles = Number(spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout) || 65_536
const crowd = Math.min(10_000, Math.floor((openFiles - 500) / 2))

async function open(target: Target, count: number, say: string): Promise<Socket[]> {
  const sockets: Socket[] = []
  while (sockets.length < count)
    sockets.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(250, count - sockets.length) }, async () => {
          const socket = connect({ host: '127.0.0.1', port: target.port })
          socket.on('error', () => undefined).resume()
          await once(socket, 'connect')
          if (say !== '') socket.write(say)
          return socket
        }),
      )),
    )
  return sockets
}

const closed = async (sockets: readonly Socket[]) => {
  await Promise.all(sockets.map(async (socket) => socket.closed || once(socket, 'close')))
}

async function expectService(target: Target): Promise<void> {
  const startedAt = Date.now()
  expect((await attack(target.port, good))[0]?.status).toBe(200)
  expect(Date.now() - startedAt).toBeLessThan(2_000)
}

describe('for minutes', () => {
  it(`hostile requests by chance do no harm (HOSTILE_SEED=${firstSeed})`, async () => {
    const target = await startTarget()
    const giveUp = Date.now() + seconds * 1_000
    let seed = firstSeed
    for (; Date.now() < giveUp; seed++) expect(await siege(target, randomAttacks(seed, 500))).toEqual([])
    console.log(`${(seed - firstSeed) * 500} hostile requests, seeds ${firstSeed} to ${seed - 1}`)
    await target.app.stop()
  })
})

describe(`${crowd} connections`, () => {
  it.each([
    ['that send nothing', ''],
    ['that never finish their headers', 'GET /app/plain HTTP/1.1\r\nHost: x\r\nX: '],
    [
      'that never finish their body',
      'POST /app/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    ],
    ['that stay idle behind a request', 'GET /app/plain HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('%s stop nobody else, and are closed', async (_, say) => {
    const target = await startTarget({
      headersTimeout: 10_000,
      requestTimeout: 12_000,
      keepAliveTimeout: 10_000,
      overload: { maxEventLoopLagMs: 0 },
    })
    const sockets = await open(target, crowd, say)
    await expectService(target)
    await closed(sockets)
    await expectService(target)
    expect(target.failures).toEqual([])
    await target.app.stop()
  })

  it('that come and go at once leave nothing behind', async () => {
    const target = await startTarget()
    for (let round = 0; round < 5; round++) {
      const sockets = await open(target, Math.min(crowd, 2_000), 'GET /app/plain HTTP/1.1\r\nHost: x\r\n\r\n')
      for (const socket of sockets) socket.resetAndDestroy()
      await expectService(target)
    }
    expect(target.failures).toEqual([])
    await target.app.stop()
  })
})
