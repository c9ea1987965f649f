/** A migration as a process that can be stopped while it works. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freeda } from '../e2e/cli-process.ts'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly ended: Promise<Ended>
  /** Resolves once it has written this to stderr; at its end, too. */
  said(text: string): Promise<void>
  kill(signal: NodeJS.Signals): void
}

/** Not a terminal: what it says is whole lines. */
export function startFreeda(folder: string, args: readonly string[]): Running {
  const child = spawn(process.execPath, [freeda, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  let heard = () => {}
  child.stdout.on('data', (chunk: Buffer) => (stdout += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += String(chunk)
    heard()
  })
  const closed = once(child, 'close') as Promise<[Ended['code'], Ended['signal']]>
  const ended = closed.then(([code, signal]): Ended => ({ code, signal, stdout, stderr }))
  return {
    ended,
    async said(text) {
      const said = new Promise<void>((resolve) => {
        heard = () => {
          if (stderr.includes(text)) resolve()
        }
        heard()
      })
      await Promise.race([said, ended])
    },
    kill: (signal) => void child.kill(signal),
  }
}

/** Waits until something may be at the target: a checkpoint is there. */
export async function copyBegan(folder: string, { ended }: Running): Promise<void> {
  const isThere = () => {
    const root = join(folder, '.freeda')
    return (
      existsSync(root) && readdirSync(root).some((name) => existsSync(join(root, name, 'checkpoint.json')))
    )
  }
  while (!isThere())
    if ((await Promise.race([ended, sleep(5)])) !== undefined) throw new Error('it ended before')
}
