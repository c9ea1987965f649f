import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { freshStore, type Store } from '../../../test/support/store.ts'

const script = fileURLToPath(new URL('../scripts/demo.ts', import.meta.url))

/** Runs the demo until it has said what to try. */
async function runDemo({ environment }: Store) {
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, NODE_ENV: 'development', PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exit = once(child, 'exit')
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  for await (const chunk of child.stdout) {
    output += String(chunk)
    if (output.includes('Ctrl-C')) break
  }
  const stop = async () => {
    child.kill('SIGTERM')
    const [code] = (await exit) as [number | null]
    return code
  }
  return { output, url: /running at (\S+)/.exec(output)?.[1], stop }
}

// Uses the built packages; Node runs the script's TypeScript by itself from 22.18 on.
it.skipIf(!process.features.typescript)(
  'runs the demo, keeps what was done in it, and runs again',
  async () => {
    const store = freshStore()
    const first = await runDemo(store)
    expect(first.output).toContain('340 sample tickets were imported')
    // Not a terminal, so no colours.
    expect(first.output).not.toContain('\u001B[')
    const headers = { authorization: 'Bearer demo-staff-token' }
    const list = await fetch(`${first.url}/staff/tickets?status=open&limit=2`, { headers })
    const { items } = (await list.json()) as { items: { id: string }[] }
    const path = `/staff/tickets/${items[0]!.id}`
    await fetch(first.url + path, {
      method: 'PATCH',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ assignee: 'Maud', status: 'in_progress' }),
    })
    expect(await first.stop()).toBe(0)

    const second = await runDemo(store)
    expect(second.output).toContain('has the tickets of the last run')
    const ticket = await fetch(second.url + path, { headers })
    expect(await ticket.json()).toMatchObject({ assignee: 'Maud', status: 'in_progress' })
    expect(await second.stop()).toBe(0)
  },
)
