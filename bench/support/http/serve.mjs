/** What every server of these benchmarks does for its parent. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** @param listen gives the port, and what stops the server */
export function serve(listen) {
  process.on('message', async (message) => {
    if (message === 'listen') process.send({ port: await listen() })
    else {
      if (message === 'usage after collection') collect()
      const { user, system } = process.cpuUsage()
      const { rss, heapUsed } = process.memoryUsage()
      process.send({ cpuUs: user + system, rssBytes: rss, heapUsedBytes: heapUsed })
    }
  })
  process.on('SIGTERM', () => process.exit(0))
}

function collect() {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

/** Listens on a free port of loopback with a node:http server. */
export const listenOn = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))
