import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeBlocks, root } from '../docs/code-blocks.ts'

/**
 * A newcomer's machine: an empty folder, the commands of the README as they are written. Its test command is what CI
 * itself runs first, in a clone of its own.
 */
let folder: string
let clone: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'freeda clone '))
  clone = join(folder, 'freeda')
  execFileSync('git', ['clone', '--quiet', root, clone])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const { NODE_ENV: _, ...environment } = process.env
const options = {
  env: { ...environment, npm_config_audit: 'false', npm_config_fund: 'false' },
  encoding: 'utf8' as const,
}

const commands = (document: string) =>
  codeBlocks
    .filter((block) => block.document === document && block.language === 'sh')
    .map((block) => block.code.trim())

/** Runs a command in a group of its own until it prints `sign`. */
async function runUntil(command: string, sign: RegExp): Promise<{ child: ChildProcess; output: string }> {
  const child = spawn('sh', ['-c', command], {
    cwd: clone,
    env: { ...options.env, PORT: '0' },
    detached: true,
  })
  let output = ''
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += String(chunk)
      if (sign.test(output)) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.on('exit', () => reject(new Error(output)))
  })
  return { child, output }
}

async function interrupt(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  process.kill(-child.pid!, 'SIGINT') // As Ctrl-C does: to the whole group.
  await exited
}

describe('the README, in a fresh clone', () => {
  it('has a demo that starts with one command, answers the curl commands, and keeps its data', async () => {
    const [demo, ...curls] = commands('README.md').filter((command) => /demo|curl/.test(command))
    const first = await runUntil(demo!, /Ctrl-C stops it/)
    const url = /running at (http:\S+)/.exec(first.output)![1]!
    expect(first.output).toContain('340 sample tickets were imported')
    expect(curls.length).toBeGreaterThan(0)
    // What the demo itself tells to try, and what the README tells.
    const printed = first.output.split('\n').filter((line) => line.trim().startsWith('curl '))
    expect(printed.length).toBeGreaterThan(5)
    for (const command of [...curls.flatMap((block) => block.split('\n')), ...printed]) {
      const onPort = command
        .replace('localhost:3000', url.slice('http://'.length))
        .replace(/curl/, 'curl --silent --show-error --fail-with-body')
      const { status, stdout, stderr } = spawnSync('sh', ['-c', onPort], { cwd: clone, ...options })
      expect({ command, status, stderr, stdout }).toMatchObject({ status: 0, stderr: '' })
      expect(() => JSON.parse(stdout) as unknown).not.toThrow()
    }
    await interrupt(first.child)

    const second = await runUntil('npm run demo', /Ctrl-C stops it/)
    expect(second.output).toContain('The data folder has the tickets of the last run.')
    await interrupt(second.child)
    expect(execFileSync('git', ['status', '--porcelain'], { cwd: clone, encoding: 'utf8' })).toBe('')
  })
})
