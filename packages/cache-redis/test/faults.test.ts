import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secret } from '@freeda/runtime'
import { health } from '@freeda/health'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { redis } from '../src/index.ts'
import { testApp } from '@freeda/runtime/testing'
import { instance, minute } from './instance.ts'
import { becomesReplica, hasRedis, orSkipped, startRedis } from './redis-server.ts'
import { startProxy } from './tcp-proxy.ts'

type Instance = Awaited<ReturnType<typeof instance>>

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

/** Everything that a request may do, when the server does nothing. */
async function expectMisses({ cache }: Instance): Promise<void> {
  for (let i = 0; i < 10; i++) {
    expect(await cache.remember('key', minute, () => i, { tags: ['t'] })).toBe(i)
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.set('key', 1, { ttlMs: minute })).toBe(false)
    expect(await cache.delete('key')).toBe(false)
    expect(await cache.invalidate('t')).toBe(false)
  }
}

const worksAgain = ({ cache }: Instance) =>
  vi.waitFor(
    async () => {
      expect(await cache.set('again', 1, { ttlMs: minute })).toBe(true)
      expect(await cache.get('again')).toBe(1)
      expect(await cache.delete('again')).toBe(true)
    },
    { timeout: 30_000, interval: 100 },
  )

describe.skipIf(!hasRedis)(`a Redis that fails${orSkipped}`, () => {
  it('killed is a miss at once, and is used again when it is back', async () => {
    const server = await startRedis()
    const one = await instance({ url: server.url })
    await worksAgain(one)
    await server.kill()
    const beganAt = performance.now()
    await expectMisses(one)
    expect(performance.now() - beganAt).toBeLessThan(2_000)
    await server.restart()
    await worksAgain(one)
    const said = one.messages().filter((line) => line.includes('connection to Redis'))
    expect(said).toEqual([
      'the connection to Redis failed; it is tried again until it works',
      'the connection to Redis works again',
    ])
  })

  it('that becomes a replica, and keeps its connections, is left for the primary', async () => {
    const [first, second] = [await startRedis(), await startRedis()]
    const proxy = await startProxy(first.port)
    const one = await instance({ url: proxy.url })
    await worksAgain(one)
    await becomesReplica(first, second)
    await vi.waitFor(async () => {
      expect(await one.cache.set('key', 1, { ttlMs: minute })).toBe(false)
      expect(one.messages()).toContain('the connection to Redis failed; it is tried again until it works')
    })
    expect(JSON.stringify(one.app.logs)).toContain('the address must lead to the primary')
    proxy.port = second.port
    await worksAgain(one)
    const said = one.messages().filter((line) => line.includes('connection to Redis'))
    expect(said).toEqual([
      'the connection to Redis failed; it is tried again until it works',
      'the connection to Redis works again',
    ])
  })

  it('paused is waited for as long as the config says, a few times', async () => {
    const server = await startRedis()
    const one = await instance({ url: server.url, timeLimitMs: 50 })
    await worksAgain(one)
    server.pause()
    const beganAt = performance.now()
    for (let i = 0; i < 500; i++) expect(await one.cache.remember('key', minute, () => i)).toBe(i)
    // 500 requests that wait would take 25 seconds; a few find out for all.
    expect(performance.now() - beganAt).toBeLessThan(5_000)
    server.resume()
    await worksAgain(one)
  })

  it('paused does not keep the app from stopping', async () => {
    const server = await startRedis()
    const { app, cache } = await instance({ url: server.url })
    server.pause()
    void cache.get('key')
    const beganAt = performance.now()
    await app.stop()
    expect(performance.now() - beganAt).toBeLessThan(5_000)
  })

  it('with full memory is still read and deleted from', async () => {
    const server = await startRedis(['--maxmemory-policy', 'noeviction'])
    const one = await instance({ url: server.url, timeLimitMs: 1_000 })
    await one.cache.set('before', 'kept', { ttlMs: minute, tags: ['t'] })
    server.command('CONFIG', 'SET', 'maxmemory', '1')
    for (let i = 0; i < 5; i++) {
      expect(await one.cache.set('key', 'x', { ttlMs: minute })).toBe(false)
      expect(await one.cache.remember('other', minute, () => i, { tags: ['t'] })).toBe(i)
      expect(await one.cache.get('before')).toBe('kept')
    }
    expect(await one.cache.invalidate('t')).toBe(true)
    expect(await one.cache.get('before')).toBeUndefined()
    server.command('CONFIG', 'SET', 'maxmemory', '0')
    await worksAgain(one)
  })

  it('that is not there, or refuses the password, lets the app start, and is not named in full', async () => {
    const server = await startRedis(['--requirepass', 'right-password'])
    const wrong = await instance(
      { url: server.url, password: secret('REDIS_PASSWORD') },
      { environment: { REDIS_PASSWORD: 'wrong-password' } },
    )
    await expectMisses(wrong)
    expect(JSON.stringify(wrong.app.logs)).toContain('WRONGPASS')
    expect(JSON.stringify(wrong.app.logs)).not.toContain('wrong-password')
    await server.kill()
    await expectMisses(await instance({ url: server.url }))
  })

  it('makes readiness say degraded, and stay green', async () => {
    const server = await startRedis()
    const app = await testApp({ plugins: [health(), redis({ url: server.url })] })
    onTestFinished(() => app.stop())
    const ready = async () => {
      const response = await app.request('/health/ready')
      return {
        status: response.status,
        degraded: ((await response.json()) as { degraded: string[] }).degraded,
      }
    }
    expect(await ready()).toEqual({ status: 200, degraded: [] })
    await server.kill()
    await vi.waitFor(async () => expect(await ready()).toEqual({ status: 200, degraded: ['redis'] }), 10_000)
  })
})

describe.skipIf(!hasRedis)(`a Redis that wants to know who it is${orSkipped}`, () => {
  it('takes the password of the options, and that of the URL', async () => {
    const { url, port } = await startRedis(['--requirepass', 'p@ss/word'])
    await worksAgain(await instance({ url, password: 'p@ss/word' }))
    await worksAgain(await instance({ url: `redis://:p%40ss%2Fword@127.0.0.1:${port}` }))
  })

  const withoutOpenssl = hasOpenssl ? '' : ' (skipped: no openssl on this machine)'
  it.skipIf(!hasOpenssl)(
    `speaks TLS, and is refused when nobody vouches for it${withoutOpenssl}`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'freeda-redis-tls-'))
      onTestFinished(() => rmSync(folder, { recursive: true }))
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
      const subject = ['-subj', '/CN=cache.test', '-addext', 'subjectAltName=DNS:cache.test']
      const make = [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
      ]
      execFileSync('openssl', [...make, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
      const tls = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert]
      const { port } = await startRedis(['--tls-port', 'PORT', ...tls, '--tls-auth-clients', 'no'])
      const url = `rediss://127.0.0.1:${port}`
      const ca = readFileSync(cert, 'utf8')
      await worksAgain(await instance({ url, tls: { ca, serverName: 'cache.test' } }))
      await expectMisses(await instance({ url, tls: { ca, serverName: 'other.test' } }))
      await expectMisses(await instance({ url }))
    },
  )
})

describe('the options', () => {
  it.each([
    [{ url: 'http://127.0.0.1' }, 'redis:// or'],
    [{ url: 'redis://:a@127.0.0.1', password: 'b' }, 'say it once'],
    [{ url: 'cache.internal', password: 'b', cluster: true }, 'expected a URL with redis://'],
    [{ url: 'redis://127.0.0.1', tls: {} }, 'needs a URL with rediss://'],
    [{ url: 'redis://127.0.0.1/3', cluster: true }, 'has no databases'],
    [{ url: 'redis://127.0.0.1', prefix: '{a}' }, 'without { and }'],
    [{ url: 'redis://127.0.0.1', timeLimitMs: 0 }, 'timeLimitMs'],
  ])('%j are refused', async (options, message) => {
    await expect(testApp({ plugins: [redis(options)] })).rejects.toThrow(message)
  })
})
