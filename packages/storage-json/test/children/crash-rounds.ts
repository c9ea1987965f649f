/** Rounds of writing and being killed, for the test and for the benchmark; what is lost is told, not thrown. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface CrashOptions {
  readonly directory: string
  readonly lanes: number
  /** Small, so that snapshots and new journals are made all the time. */
  readonly snapshotMinBytes: number
  readonly durability?: 'disk' | 'process'
}

export interface Round {
  /** Milliseconds to the kill, from the beginning of `killWhile`. */
  readonly killAfterMs: number
  /** Begins with the start of the process, when it has opened the store, with its first acknowledged write, or with its next snapshot. */
  readonly killWhile: 'opening' | 'opened' | 'writing' | 'snapshot'
}

export interface RoundResult {
  readonly acknowledged: number
  /** What was lost or is not whole, as sentences. */
  readonly losses: readonly string[]
  /** What the process said on its way down, when it ended by itself. */
  readonly refusal: string | undefined
  /** Whether the kill came while a snapshot was written, and while there was more than one journal. */
  readonly duringSnapshot: boolean
  readonly duringRotation: boolean
}

const writer = fileURLToPath(new URL('./crash-writer.mjs', import.meta.url))

/** Waits, at most for a second, for the draft of a snapshot to be there. */
async function untilSnapshot(directory: string): Promise<void> {
  const start = performance.now()
  while (!existsSync(join(directory, 'db.json.tmp')) && performance.now() - start < 1000) await nextTurn()
}

/** Rounds on one folder; each checks what the ones before were acknowledged. */
export function crashRounds({ directory, lanes, snapshotMinBytes, durability = 'disk' }: CrashOptions) {
  /** The last acknowledged step of each lane. The next one may have happened too. */
  const acknowledged = Array.from({ length: lanes }, () => 0)

  const check = (words: readonly string[]): string[] => {
    const [lane, step, version, a, b, extra] = words.map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    const last = acknowledged[lane]!
    const losses: string[] = []
    const expect = (what: string, found: number, ...expected: number[]) => {
      if (!expected.includes(found))
        losses.push(`lane ${lane}: ${what} is ${found}, not ${expected.join(' or ')}`)
    }
    expect('the step', step, last, last + 1)
    expect('the version', version, step)
    expect('the first of the pair', a, step - (step % 3))
    expect('the second of the pair', b, step - (step % 3))
    expect('the document that comes and goes', extra, step % 10 < 5 ? 0 : step - (step % 5))
    acknowledged[lane] = step
    return losses
  }

  return async function round({ killAfterMs, killWhile }: Round): Promise<RoundResult> {
    const child = spawn(
      process.execPath,
      [writer, directory, String(lanes), String(snapshotMinBytes), durability],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    const exited = once(child, 'exit')
    let refusal = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (refusal += text))
    const losses: string[] = []
    let count = 0
    const kill = async () => {
      if (killAfterMs > 0) await delay(killAfterMs)
      child.kill('SIGKILL')
    }
    if (killWhile === 'opening') void kill()
    for await (const line of createInterface(child.stdout)) {
      const [what, ...words] = line.split(' ')
      if (what === 'state') losses.push(...check(words))
      if (what === 'open' && killWhile === 'opened') void kill()
      if (what === 'open' && killWhile === 'snapshot') void untilSnapshot(directory).then(kill)
      if (what !== 'ack') continue
      acknowledged[Number(words[0])] = Number(words[1])
      count++
      if (count === 1 && killWhile === 'writing') void kill()
    }
    const [, signal] = (await exited) as [number | null, string | null]
    const names = readdirSync(directory)
    return {
      acknowledged: count,
      losses,
      refusal: signal === 'SIGKILL' ? undefined : refusal,
      duringSnapshot: names.includes('db.json.tmp'),
      duringRotation: names.filter((name) => name.startsWith('journal.')).length > 1,
    }
  }
}
