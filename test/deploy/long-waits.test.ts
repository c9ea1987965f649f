/** Scripts that wait for what takes longer than the waiters of the aws command line do. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { root } from '../docs/code-blocks.ts'
import { missingTools } from './emulated-aws.ts'

const missing = missingTools(['jq'])
if (missing.length > 0) process.stderr.write('long waits are not tested: no jq\n')

describe.skipIf(missing.length > 0)('a script that waits', { timeout: 120_000 }, () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'freeda-slow-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const stateFile = () => join(folder, 'state.json')
  const state = () => JSON.parse(readFileSync(stateFile(), 'utf8')) as unknown
  const calls = () => (existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8') : '')

  function start(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = spawn(join(root, 'infrastructure/scripts', script), ['staging', ...args], {
      env: {
        ...process.env,
        PATH: `${join(root, 'test/deploy/slow-aws')}:${process.env['PATH']}`,
        SLOW_AWS: folder,
        DEPLOY_POLL_SECONDS: '0',
        NO_COLOR: '1',
        ...env,
      },
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)))
    child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
    const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
      child.on('close', (code) => resolve({ code, output })),
    )
    return { child, ended }
  }

  it('run-task.sh waits for the end, prints the log, and ends with the code of the command', async () => {
    const { code, output } = await start('run-task.sh', ['node', 'slow.js']).ended
    expect(output).toContain('what the command said')
    expect(code).toBe(3)
  })

  it('run-task.sh names the task that goes on when it is stopped', async () => {
    const { child, ended } = start('run-task.sh', ['node', 'slow.js'], { SLOW_AWS_POLLS: '1000000' })
    await vi.waitFor(() => expect(calls()).toContain('describe-tasks'), { timeout: 30_000 })
    child.kill('SIGINT')
    const { code, output } = await ended
    expect(output).toContain('The task goes on: arn:aws:ecs:us-east-1:123456789012:task/cluster/a1b2')
    expect(code).toBe(130)
  })

  it('restore-table.sh goes on with a restore that was left, and sets what does not come along', async () => {
    writeFileSync(stateFile(), JSON.stringify({ table: { polls: 0 } }))
    const { code, output } = await start('restore-table.sh', ['2026-05-01T10:00:00Z']).ended
    expect(output).toContain('notes-20260501T100000Z is there already, as of 2026-05-01; going on with it')
    expect(code).toBe(0)
    expect(state()).toMatchObject({ table: { isProtected: true, hasTtl: true, hasRecovery: true } })
    expect(calls()).not.toContain('restore-table-to-point-in-time')
    // And once more: what is set is not set again.
    expect(await start('restore-table.sh', ['2026-05-01T10:00:00Z']).ended).toMatchObject({ code: 0 })
    expect(calls().match(/update-time-to-live/g)).toHaveLength(1)
  })

  it('restore-table.sh takes no earlier copy for the latest', async () => {
    writeFileSync(stateFile(), JSON.stringify({ table: { polls: 50, hasRecovery: true } }))
    const { code, output } = await start('restore-table.sh', ['latest']).ended
    expect(output).toContain('notes-latest is there already')
    expect(code).toBe(3)
  })
})
