/** Servers and a load generator as processes of their own, each pinned to one core. */
import { fork, spawnSync } from 'node:child_process'
import { openSync, closeSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const canPin = spawnSync('taskset', ['-V']).status === 0 && availableParallelism() >= 2
if (!canPin) console.error('Without `taskset` and two cores nothing is pinned: take the figures with care.')

/** @param file beside this module. @param log where standard output goes. */
function forkPinned(file, args, { core, log = 'ignore', env = {}, execArgv = [] }) {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const stdout = log === 'ignore' ? 'ignore' : openSync(log, 'a')
  const child = fork(path, args, {
    execPath: canPin ? 'taskset' : process.execPath,
    execArgv: canPin ? ['-c', String(core), process.execPath, ...execArgv] : execArgv,
    env: { ...process.env, ...env },
    stdio: ['ignore', stdout, 'inherit', 'ipc'],
  })
  if (stdout !== 'ignore') closeSync(stdout)
  const exited = new Promise((resolve) => child.once('exit', resolve))
  /** Sends a message; gives the answer. */
  const ask = (message) =>
    new Promise((resolve, reject) => {
      const onExit = (code) => reject(new Error(`A process of the benchmark ended with ${code}.`))
      child.once('exit', onExit)
      child.once('message', (answer) => {
        child.off('exit', onExit)
        resolve(answer)
      })
      child.send(message)
    })
  return { child, exited, ask }
}

/** Starts a server of ./servers; production mode, one core. */
export async function startServer(name, { args = [], log, env, execArgv } = {}) {
  const { child, exited, ask } = forkPinned(`servers/${name}.mjs`, args, {
    core: 0,
    log,
    execArgv,
    env: { NODE_ENV: 'production', ...env },
  })
  const { port } = await ask('listen')
  return {
    port,
    /** Microseconds of CPU so far, bytes resident. */
    usage: (collect = false) => ask(collect ? 'usage after collection' : 'usage'),
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** A load generator on the other core; asks it for one run after the other. */
export function startLoad() {
  const { child, ask } = forkPinned('load.mjs', [], { core: 1 })
  return {
    /** Runs autocannon with these options; gives its figures. */
    run: (options) => ask(options),
    stop: () => child.kill(),
  }
}
