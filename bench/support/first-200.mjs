/** From spawn to the first 200 of a server, in time and in work. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'

/** A server that does nothing: what a start of Node itself costs. */
export const bareServer = {
  args: [
    '-e',
    "require('node:http').createServer((_, res) => res.end('ok')).listen(process.env.PORT, '127.0.0.1')",
  ],
  path: '/',
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Asks until it is answered; a refused connection takes far less than a millisecond. */
const answers = (port, path) =>
  new Promise((resolve) => {
    request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
      .on('error', () => setTimeout(resolve, 1, false))
      .end()
  })

/** Processor time of all threads so far, in milliseconds. Linux only. Source: proc_pid_schedstat(5). */
const cpuMs = (pid) =>
  process.platform === 'linux'
    ? readdirSync(`/proc/${pid}/task`)
        .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]))
        .reduce((sum, ns) => sum + ns, 0) / 1e6
    : Number.NaN

/** Resident memory in bytes. Linux only. */
export const residentBytes = (pid) =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024

/**
 * Starts a server, gives it to `use` once it has answered, and ends it.
 * @returns `{ ms, cpuMs }` from spawn to the first 200
 */
export async function spawnToFirst200({ args, cwd, path, env = {} }, { use, signal = 'SIGKILL' } = {}) {
  const port = await freePort()
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = once(child, 'exit')
  while (!(await answers(port, path))) if (child.exitCode !== null) throw new Error('The server ended.')
  const spent = { ms: performance.now() - startedAt, cpuMs: cpuMs(child.pid) }
  await use?.(child, port)
  child.kill(signal)
  await exited
  return spent
}

/** Starts the servers in turn, A B A B; the first round warms the file cache and is not counted. */
export async function compareFirst200(servers, rounds) {
  const spent = Object.fromEntries(Object.keys(servers).map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++)
    for (const [name, server] of Object.entries(servers)) {
      const one = await spawnToFirst200(server)
      if (round > 0) spent[name].push(one)
    }
  return spent
}
