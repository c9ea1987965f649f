/**
 * Keeps a second process, and a second opening in this one, out of a data folder.
 *
 * Taking: the lock file is made elsewhere and then linked to its name, which fails when the name is taken.
 * Taking over the lock of a dead holder: two processes may both find it dead; if both removed it, the second one would
 * remove the lock that the first one just took. So the right to replace the lock with token T is itself a lock, named
 * `lock.T`, taken in the same way. Who has it looks again: if the lock still has token T, nobody else can change it
 * (its holder is dead, everybody else needs `lock.T`), and renaming the own file over it leaves no moment without a lock.
 */
import { randomUUID } from 'node:crypto'
import { link, readdir, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { FreedaError } from '@freeda/runtime/driver'
import { errnoOf, lockName, readText, unless } from './files.ts'
import { describeHolder, parseHolder, stateOf, thisHolder, type Holder } from './lock-holder.ts'
import type { Log } from './log.ts'

export interface LockOptions {
  readonly directory: string
  readonly log: Log
  /** Called when somebody else took the lock although this process holds it. */
  onLost(reason: string): void
  /** How often the holder shows that it lives, in milliseconds. */
  readonly heartbeatMs?: number
}

export interface Lock {
  release(): Promise<void>
}

/** Others on the same volume wait for two and a half of these before they take a holder on another machine for dead. */
const defaultHeartbeatMs = 2000

/**
 * Locks a folder.
 * @throws FREEDA_STORAGE_LOCKED naming the holder
 */
export async function lockFolder(options: LockOptions): Promise<Lock> {
  const { directory, heartbeatMs = defaultHeartbeatMs } = options
  const me = await thisHolder()
  const path = join(directory, lockName)
  await take(path, me, { ...options, heartbeatMs })
  await removeLeftovers(directory, me)
  const heartbeat = setInterval(() => void beat(path, me, options), heartbeatMs)
  heartbeat.unref()
  return {
    async release() {
      clearInterval(heartbeat)
      if ((await holderOf(path))?.token === me.token) await unless('ENOENT', unlink(path))
    },
  }
}

type Taking = Required<LockOptions>

/** Takes the lock at `path`, over from a dead holder if need be. */
async function take(path: string, me: Holder, options: Taking): Promise<void> {
  for (;;) {
    if (await createLock(path, me)) return
    const found = await foundLock(path)
    if (found === undefined) continue // released in between
    if (await isHeld(path, found, me, options))
      throw new FreedaError('FREEDA_STORAGE_LOCKED', {
        directory: options.directory,
        holder:
          found.holder === undefined ? 'a process that is just starting' : describeHolder(found.holder, me),
      })
    const right = `${path}.${found.token}`
    await take(right, me, options)
    try {
      if ((await foundLock(path))?.token !== found.token) continue // somebody took it over and is done
      const draft = await writeDraft(path, me)
      await rename(draft, path)
      options.log.info(
        { directory: options.directory, pid: found.holder?.pid },
        'took over the lock of a process that ended without closing',
      )
      return
    } finally {
      await unless('ENOENT', unlink(right))
    }
  }
}

/** Makes a lock file unless there is one; returns whether it did. */
async function createLock(path: string, me: Holder): Promise<boolean> {
  const draft = await writeDraft(path, me)
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    if (!withoutLinks.has(errnoOf(error) ?? '')) throw error
    // No hard links here (exFAT, some network drives): the name is still taken atomically, its content follows.
    return (
      (await unless(
        'EEXIST',
        writeFile(path, JSON.stringify(me), { flag: 'wx', mode: 0o600 }).then(() => true),
      )) ?? false
    )
  } finally {
    await unlink(draft)
  }
}

const withoutLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

async function writeDraft(path: string, me: Holder): Promise<string> {
  const draft = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(draft, JSON.stringify(me), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {}) // a full disk leaves it empty
    throw error
  }
  return draft
}

interface FoundLock {
  readonly token: string
  /** Undefined when the file names none: it is being written, or was cut off. */
  readonly holder: Holder | undefined
  readonly beatAtMs: number
}

async function foundLock(path: string): Promise<FoundLock | undefined> {
  const [text, found] = await Promise.all([readText(path), unless('ENOENT', stat(path))])
  if (text === undefined || found === undefined) return undefined
  const holder = parseHolder(text)
  return {
    token: holder?.token ?? `unreadable-${found.ino}-${Math.floor(found.mtimeMs)}`,
    holder,
    beatAtMs: found.mtimeMs,
  }
}

/** Who has the lock of a folder, without touching it. `unknown`: whether the holder lives cannot be seen from here. */
export async function lookAtLock(
  directory: string,
): Promise<
  { readonly state: 'free' } | { readonly state: 'alive' | 'dead' | 'unknown'; readonly holder: string }
> {
  const found = await foundLock(join(directory, lockName))
  if (found === undefined) return { state: 'free' }
  if (found.holder === undefined) return { state: 'unknown', holder: 'a process that is just starting' }
  const me = await thisHolder()
  return { state: await stateOf(found.holder, me), holder: describeHolder(found.holder, me) }
}

const holderOf = async (path: string) => (await foundLock(path))?.holder

/** Whether the holder lives. One that we cannot look at is watched: while it lives, it touches its lock. */
async function isHeld(
  path: string,
  found: FoundLock,
  me: Holder,
  { heartbeatMs, log }: Taking,
): Promise<boolean> {
  const state = found.holder === undefined ? 'unknown' : await stateOf(found.holder, me)
  if (state !== 'unknown') return state === 'alive'
  log.info(
    { lock: path, holder: found.holder?.host },
    'waiting to see whether the holder of the lock still lives',
  )
  await delay(heartbeatMs * 2.5)
  const now = await foundLock(path)
  return now !== undefined && (now.token !== found.token || now.beatAtMs !== found.beatAtMs)
}

async function beat(path: string, me: Holder, { onLost }: LockOptions): Promise<void> {
  try {
    const holder = await holderOf(path)
    if (holder?.token !== me.token)
      return onLost(
        holder === undefined ? `${path} is gone` : `${path} is held by ${describeHolder(holder, me)}`,
      )
    const now = new Date()
    await utimes(path, now, now)
  } catch {
    // A disk that does not answer shows in the writes; the next beat tries again.
  }
}

/** By then, whoever was writing a file that names nobody yet is done with it or dead. */
const unreadableMs = 60_000

/** Removes what takers that died left beside the lock. None of it can matter to a lock that has another token. */
async function removeLeftovers(directory: string, me: Holder): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(`${lockName}.`) || name.startsWith(`${lockName}.${me.token}`)) continue
    const path = join(directory, name)
    const found = await foundLock(path)
    if (found === undefined) continue
    const isDead =
      found.holder === undefined
        ? Date.now() - found.beatAtMs > unreadableMs
        : (await stateOf(found.holder, me)) === 'dead'
    if (isDead) await rm(path, { force: true })
  }
}
