/** Generates load as its parent says. */
import { connect } from 'node:net'
import { peer } from '../peers.mjs'

process.on('message', async (options) => {
  process.send(options.overallRate === undefined ? await flood(options) : await drip(options))
})

/**
 * As many requests as the server answers, one at a time on each connection. Own code: autocannon needs more CPU for a request
 * than most of these servers, so that it would be what is measured.
 */
function flood({ url, connections, duration = Infinity, amount = Infinity, requests }) {
  const { host, hostname, port } = new URL(url)
  const messages = requests.map((request) => messageOf(request, host))
  const startedAt = performance.now()
  const statuses = {}
  let [sent, total, bad, open] = [0, 0, 0, 0]

  return new Promise((resolve, reject) => {
    const isOver = () => sent >= amount || performance.now() - startedAt >= duration * 1000
    function finish() {
      if (--open > 0) return
      const seconds = (performance.now() - startedAt) / 1000
      resolve({ perSecond: total / seconds, total, bad, statuses })
    }
    function run() {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true }).setEncoding('latin1')
      let received = ''
      open++
      const next = () => (isOver() ? socket.end() : socket.write(messages[sent++ % messages.length]))
      socket.on('connect', next)
      socket.on('data', (chunk) => {
        received += chunk
        if (!isWhole(received)) return
        const status = received.slice(9, 12)
        statuses[status] = (statuses[status] ?? 0) + 1
        if (status[0] !== '2') bad++
        total++
        received = ''
        next()
      })
      socket.on('error', reject).on('close', finish)
    }
    for (let i = 0; i < connections; i++) run()
  })
}

function messageOf({ method = 'GET', path, headers = {}, body = '' }, host) {
  const all = { host, ...headers, ...(body === '' ? {} : { 'content-length': Buffer.byteLength(body) }) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

const contentLength = /\r\ncontent-length: (\d+)\r\n/i

function isWhole(received) {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return false
  const length = contentLength.exec(received)
  return length === null ? received.endsWith('\r\n0\r\n\r\n') : received.length >= end + 4 + Number(length[1])
}

/** So many requests a second, by autocannon; tells how long they took. */
async function drip(options) {
  const { requests, latency, errors, timeouts, non2xx, duration } = await peer('autocannon')(options)
  return {
    perSecond: requests.total / duration,
    total: requests.total,
    p50: latency.p50,
    p99: latency.p99,
    bad: errors + timeouts + non2xx,
  }
}
