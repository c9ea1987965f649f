/** Measures two servers in turn, A B A B, so that a busy machine slows both. */
import { median } from '../report.mjs'
import { startLoad, startServer } from './pinned.mjs'

export const pairs = Number(process.env['BENCH_ROUNDS'] ?? 5)
export const seconds = Number(process.env['BENCH_SECONDS'] ?? 4)
const connections = Number(process.env['BENCH_CONNECTIONS'] ?? 64)

/**
 * @param servers what `startServer` takes, by name
 * @param requests what autocannon takes, by the server's name
 * @returns for each server requests a second, the median of its rounds, and CPU microseconds a request, the least of its
 *   rounds: what others do on the machine only ever adds to it
 */
export async function inTurn(servers, requests) {
  const running = {}
  const load = startLoad()
  try {
    for (const [name, options] of Object.entries(servers)) running[name] = await startServer(...options)
    const taken = Object.fromEntries(Object.keys(servers).map((name) => [name, []]))
    // The first round warms the compilers of both.
    for (let round = 0; round <= pairs; round++)
      for (const [name, server] of Object.entries(running)) {
        const before = await server.usage()
        const figures = await load.run({
          url: `http://127.0.0.1:${server.port}`,
          connections,
          duration: round === 0 ? Math.min(seconds, 2) : seconds,
          ...requests(name),
        })
        const after = await server.usage()
        if (figures.bad > 0)
          throw new Error(`${name}: ${figures.bad} requests failed, ${JSON.stringify(figures.statuses)}`)
        if (round > 0) taken[name].push({ ...figures, cpuUs: (after.cpuUs - before.cpuUs) / figures.total })
      }
    return Object.fromEntries(
      Object.entries(taken).map(([name, runs]) => [
        name,
        {
          runs,
          perSecond: median(runs.map((run) => run.perSecond)),
          cpuUs: Math.min(...runs.map((run) => run.cpuUs)),
        },
      ]),
    )
  } finally {
    load.stop()
    for (const server of Object.values(running)) await server.stop()
  }
}

/** Median of the ratios of pairs that were measured right after each other. */
export const ratioOf = (a, b) => median(a.runs.map((run, i) => run.perSecond / b.runs[i].perSecond))
