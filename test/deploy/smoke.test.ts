/** The smoke test alone, against a service that is not there at once. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../docs/code-blocks.ts'
import { missingTools } from './emulated-aws.ts'

const missing = missingTools(['jq', 'curl'])
if (missing.length > 0) process.stderr.write(`the smoke test is not tested: no ${missing.join(', ')}\n`)

/**
 * Runs `answers` of smoke.sh against a service whose first `failures` requests come to nothing.
 * @param name by which it is asked; what does not lead to it is asked there all the same
 */
async function ask(failures: number, name = '127.0.0.1') {
  let asked = 0
  const server = createServer((request, response) => {
    if (++asked > failures) return response.end('{"status":"alive"}')
    // The first is broken off, as by a balancer that is not up yet; others are refused.
    if (asked === 1) return request.socket.destroy()
    response.statusCode = 503
    return response.end('no target')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const child = spawn(
    'bash',
    [
      '-c',
      `set -euo pipefail
      scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
      source terminal.sh; source smoke.sh
      connect_to=${name === '127.0.0.1' ? '' : '127.0.0.1'}
      answers "http://${name}:${port}/health/live" '.status == "alive"'`,
    ],
    {
      cwd: join(root, 'infrastructure/lib'),
      env: { ...process.env, SMOKE_RETRIES: '3', SMOKE_RETRY_SECONDS: '1', NO_COLOR: '1' },
    },
  )
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
  const [code] = (await once(child, 'close')) as [number]
  server.close()
  return { code, output }
}

describe.skipIf(missing.length > 0)('the smoke test', () => {
  it('takes the answer of a service that did not answer at first', async () => {
    const { code, output } = await ask(2)
    expect(output).toContain('/health/live: well')
    expect(code).toBe(0)
  })

  it('asks what the name has to point to, where it does not yet', async () => {
    expect(await ask(0, 'api.example.invalid')).toMatchObject({
      code: 0,
      output: expect.stringContaining('http://api.example.invalid'),
    })
  })

  it('says what curl met when no attempt is answered', async () => {
    const { code, output } = await ask(Infinity)
    expect(output).toContain('503')
    expect(code).toBe(1)
  })
})
