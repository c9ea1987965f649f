/**
 * Deliveries of the bus a second of CPU time: within the process against EventEmitter, over Redis against the bare client.
 *
 * The same small message goes to 1 and to 100 listeners. EventEmitter passes the object on, and neither copies, checks nor
 * freezes it; with the copy that keeps publisher and listener apart, by structuredClone, it is shown beside. Over Redis both
 * sides make and read JSON; both ends are in this process, so that a figure counts publishing and receiving. They take turns;
 * a figure is the median over the rounds.
 */
import { EventEmitter } from 'node:events'
import { redisBus } from '@freeda/cache-redis'
import { createClient } from '@redis/client'
import { busApp } from './support/bus-app.mjs'
import { startRedis } from './support/redis-server.mjs'
import { median, report } from './support/report.mjs'

const message = { id: 12, subject: 'It smokes', status: 'open', tags: ['a', 'b'], weight: 1 / 7 }
const rounds = 11
let heard = 0
const listener = (got) => {
  if (got.id === 12) heard++
}

/** Deliveries a second of CPU time of this process, `inFlight` messages at a time. */
async function rate(publish, messages, inFlight, listeners) {
  const due = heard + messages * listeners
  const began = process.cpuUsage()
  for (let at = 0; at < messages; at += inFlight)
    await Promise.all(Array.from({ length: inFlight }, () => publish(message)))
  while (heard < due) await new Promise((resolve) => setImmediate(resolve))
  const { user, system } = process.cpuUsage(began)
  if (heard !== due) throw new Error(`${heard - due} deliveries too many`)
  return ((messages * listeners) / (user + system)) * 1e6
}

async function compare(name, ours, bare, { messages, inFlight = 1, listeners = 1, reach }) {
  const sides = [ours, bare].map((publish) => ({ publish, rates: [] }))
  for (let round = -2; round < rounds; round++)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const found = await rate(side.publish, messages, inFlight, listeners)
      if (round >= 0) side.rates.push(found)
    }
  const [value, against] = sides.map(({ rates }) => median(rates))
  report({ name, value, unit: 'deliveries/s of CPU', against, ratio: value / against, reach })
}

for (const listeners of [1, 100]) {
  const { app, bus } = await busApp()
  const emitter = new EventEmitter().setMaxListeners(0)
  for (let at = 0; at < listeners; at++) {
    await bus.subscribe('x', listener)
    emitter.on('x', listener)
  }
  const ours = (one) => bus.publish('x', one)
  const options = { messages: 200_000 / listeners, listeners }
  const to = `within the process, to ${listeners}, against EventEmitter`
  await compare(to, ours, async (one) => emitter.emit('x', one), options)
  await compare(
    `${to} with structuredClone for all`,
    ours,
    async (one) => emitter.emit('x', structuredClone(one)),
    options,
  )
  await app.stop()
}

const server = await startRedis()
const [publisher, subscriber] = [createClient({ url: server.url }), createClient({ url: server.url })]
try {
  await Promise.all([publisher.connect(), subscriber.connect()])
  await subscriber.subscribe('bare', (text) => listener(JSON.parse(text)))
  const options = { url: server.url, timeLimitMs: 5_000 }
  const [from, to] = [await busApp([redisBus(options)]), await busApp([redisBus(options)])]
  await to.bus.subscribe('x', listener)
  for (const inFlight of [1, 64])
    await compare(
      `over Redis, ${inFlight} in flight, against the bare client`,
      (one) => from.bus.publish('x', one),
      (one) => publisher.publish('bare', JSON.stringify(one)),
      { messages: inFlight === 1 ? 3_000 : 19_200, inFlight, reach: { min: 0.6 } },
    )
  await Promise.all([from.app.stop(), to.app.stop()])
} finally {
  publisher.destroy()
  subscriber.destroy()
  server.stop()
}
