/** The `freeda` program in a folder of its own, as users run it. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { root } from '../docs/code-blocks.ts'

export const freeda = join(root, 'packages/runtime/bin/freeda.js')

export interface Project {
  readonly folder: string
  write(files: Readonly<Record<string, string>>): void
  /** Runs a command that is expected to end by itself. */
  run(
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): { readonly status: number | null; readonly stdout: string; readonly stderr: string }
}

/** Inside the workspace, so that packages resolve; the space in its name is on purpose. Gone when the test is over. */
export function project(files: Readonly<Record<string, string>>): Project {
  const folder = mkdtempSync(join(root, 'test/e2e/.app '))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const write: Project['write'] = (all) => {
    for (const [name, content] of Object.entries(all)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), content)
    }
  }
  write({ 'package.json': '{ "name": "desk", "version": "1.2.3", "type": "module" }', ...files })
  return {
    folder,
    write,
    run(args, env = {}) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [freeda, ...args], {
        cwd: folder,
        env: { PATH: process.env['PATH'], ...env },
        encoding: 'utf8',
        timeout: 60_000,
      })
      return { status, stdout, stderr }
    },
  }
}
