/** A redis-server for a test: its own port on the loopback interface, nothing on disk. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'

/** Whether the machine has one; what needs it says in its name that it is skipped. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0
export const orSkipped = hasRedis ? '' : ' (skipped: no redis-server on this machine)'

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** As `redis-cli` does. */
  command(...words: string[]): string
  /** SIGSTOP: it holds its connections, and does not answer. */
  pause(): void
  resume(): void
  kill(): Promise<void>
  /** On the same port, empty. */
  restart(): Promise<void>
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Resolves when it takes connections; false when the port was taken by somebody else meanwhile. */
async function isReady(child: ChildProcess): Promise<boolean> {
  let text = ''
  return new Promise((resolve) => {
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.includes('Ready to accept connections')) resolve(true)
    })
    child.once('exit', () => resolve(false))
  })
}

/** @param settings more of its configuration, as arguments: `['--maxmemory', '2mb']` */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'freeda-redis-'))
  const quiet = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  let child: ChildProcess

  async function start(port: number): Promise<boolean> {
    const ports = settings.includes('--tls-port') ? ['--port', '0'] : ['--port', String(port)]
    const own = settings.map((word) => (word === 'PORT' ? String(port) : word))
    child = spawn('redis-server', [...quiet, ...ports, ...own], { stdio: ['ignore', 'pipe', 'inherit'] })
    return isReady(child)
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  let port = await freePort()
  for (let tries = 1; !(await start(port)); tries++) {
    if (tries === 5) throw new Error('redis-server does not start')
    port = await freePort()
  }
  onTestFinished(async () => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    command(...words) {
      const { stdout, status } = spawnSync('redis-cli', ['-p', String(port), ...words], { encoding: 'utf8' })
      if (status !== 0) throw new Error(`redis-cli ${words.join(' ')}: ${stdout}`)
      return stdout.trim()
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill,
    async restart() {
      if (!(await start(port))) throw new Error('redis-server does not start again')
    },
  }
}

/** What README.md says that a user of the server needs. */
export const rights = ['~*', '&*', '+@read', '+@write', '+@pubsub', '+@scripting', '+@connection']

/** As a failover that was asked for: the first follows the second, and nobody is disconnected. */
export async function becomesReplica(first: RedisServer, second: RedisServer): Promise<void> {
  first.command('REPLICAOF', '127.0.0.1', String(second.port))
  await vi.waitFor(() => expect(first.command('INFO', 'replication')).toContain('master_link_status:up'), {
    timeout: 20_000,
    interval: 50,
  })
}
