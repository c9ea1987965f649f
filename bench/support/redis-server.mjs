/** A redis-server for a benchmark: on a free loopback port, with nothing on disk unless asked. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * @param isKept it writes each command to the disk before it answers, in a folder of its own
 * @returns its URL, and how to end it
 */
export async function startRedis({ isKept = false } = {}) {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  const directory = mkdtempSync(join(tmpdir(), 'freeda-redis-'))
  const words = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--dir', directory]
  if (isKept) words.push('--appendonly', 'yes', '--appendfsync', 'always')
  const child = spawn('redis-server', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    text += chunk
    if (text.includes('Ready to accept connections')) break
  }
  if (!text.includes('Ready')) throw new Error(`redis-server did not start:\n${text}`)
  child.stdout.resume()
  return {
    url: `redis://127.0.0.1:${port}`,
    stop() {
      child.kill('SIGKILL')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
