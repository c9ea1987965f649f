/** Who holds a lock, and whether they still live. */
import { randomUUID } from 'node:crypto'
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

/** What a lock file says. */
export interface Holder {
  /** Unique to this lock: no two lock files ever have the same. */
  readonly token: string
  readonly pid: number
  /** When the process began, in ticks since the machine did; only where /proc tells. A reused pid has another one. */
  readonly startedAt?: string | undefined
  readonly host: string
  /** Tells machines, their boots and containers apart: in another one, pids mean something else. Empty where unknown. */
  readonly space: string
}

/** This process as a holder. */
export async function thisHolder(): Promise<Holder> {
  const { pid } = process
  return {
    token: randomUUID(),
    pid,
    startedAt: (await procStat(pid))?.startedAt,
    host: hostname(),
    space: await pidSpace(),
  }
}

/** The holder that a lock file names; undefined when it names none, as when it was cut off by a power cut. */
export function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder>
    return typeof holder.token === 'string' && Number.isInteger(holder.pid) && typeof holder.host === 'string'
      ? (holder as Holder)
      : undefined
  } catch {
    return undefined
  }
}

/** `unknown`: the holder is on another machine or in another container, where this process cannot look. */
export async function stateOf(holder: Holder, me: Holder): Promise<'alive' | 'dead' | 'unknown'> {
  if (holder.host !== me.host || holder.space !== me.space) return 'unknown'
  if (!processExists(holder.pid)) return 'dead'
  const now = await procStat(holder.pid)
  if (now === undefined) return 'alive' // no /proc here
  const isReused = holder.startedAt !== undefined && now.startedAt !== holder.startedAt
  return isReused || now.hasEnded ? 'dead' : 'alive'
}

export const describeHolder = (holder: Holder, me: Holder): string =>
  holder.host !== me.host || holder.space !== me.space
    ? `process ${holder.pid} on ${holder.host}`
    : holder.pid === me.pid
      ? `this process (pid ${holder.pid}), which opened it before`
      : `process ${holder.pid}`

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** What /proc tells of a process; `hasEnded`: it is a zombie that its parent has not asked after. */
async function procStat(
  pid: number,
): Promise<{ startedAt: string | undefined; hasEnded: boolean } | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The second field is a name that may hold spaces and brackets; after it come fields 3 (state) to 22 (start time)
  // and more. Source: proc_pid_stat(5).
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields && { startedAt: fields[19], hasEnded: fields[0] === 'Z' || fields[0] === 'X' }
}

async function pidSpace(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
  return `${boot.trim()} ${namespace}`.trim()
}
