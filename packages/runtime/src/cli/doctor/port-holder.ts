/** Which process listens on a port of this machine. */
import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

export interface PortHolder {
  readonly pid: number
  readonly command: string
  /** Its working directory, where that can be seen. */
  readonly directory: string | undefined
}

/** Undefined when nobody does, or it belongs to another user. */
export async function portHolder(port: number): Promise<PortHolder | undefined> {
  const pid = process.platform === 'linux' ? await pidFromProc(port) : await pidFromLsof(port)
  if (pid === undefined) return undefined
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return {
    pid,
    command: command.replaceAll('\0', ' ').trim(),
    directory: await readlink(`/proc/${pid}/cwd`).catch(() => undefined),
  }
}

/** Source: proc_net_tcp(5): `sl local_address rem_address st … inode`, addresses in hex; 0A is listening. */
async function pidFromProc(port: number): Promise<number | undefined> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'utf8').catch(() => '')),
  )
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = tables
    .join('\n')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === '0A' && local.endsWith(`:${hexPort}`))
    .map((fields) => `socket:[${fields[9]}]`)
  if (inodes.length === 0) return undefined
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  for (const pid of pids) if (await hasOpen(pid, inodes)) return Number(pid)
  return undefined
}

async function hasOpen(pid: string, sockets: readonly string[]): Promise<boolean> {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const targets = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')))
  return targets.some((target) => sockets.includes(target))
}

async function pidFromLsof(port: number): Promise<number | undefined> {
  const run = promisify(execFile)
  const args = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t']
  const answer = await run('lsof', args, { timeout: 3_000 }).catch(() => undefined)
  const pid = Number(answer?.stdout.split('\n')[0])
  return Number.isInteger(pid) && pid > 0 ? pid : undefined
}
