/** Clients that keep their connections and send one request after the other, and remember everything that went wrong. */
import { Agent, request, type IncomingHttpHeaders } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { targetHeader } from './balancer.ts'

export interface Failure {
  readonly what: string
  readonly startedMs: number
  readonly endedMs: number
  /** Who did not answer; undefined when the balancer itself did not. */
  readonly target: string | undefined
}

export interface Load {
  readonly sent: number
  readonly failures: readonly Failure[]
  /** Ids of documents whose writing was acknowledged. */
  readonly acknowledged: readonly string[]
  /** Settles when every client has got its last answer. */
  stop(): Promise<void>
}

/** Each client writes a note, then reads it back, `clients` at once, with a pause of `pauseMs` between requests. */
export function startLoad(url: string, { clients, pauseMs }: { clients: number; pauseMs: number }): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const failures: Failure[] = []
  const acknowledged: string[] = []
  let sent = 0
  let running = true

  async function client(number: number): Promise<void> {
    for (let turn = 0; running; turn++) {
      const created = await attempt('POST', '/notes', JSON.stringify({ text: `${number}/${turn}` }))
      if (created?.status === 201) {
        const { id } = JSON.parse(created.body) as { id: string }
        acknowledged.push(id)
        await attempt('GET', `/notes/${id}`)
      }
      await pause(pauseMs)
    }
  }

  async function attempt(method: string, path: string, body?: string) {
    const startedMs = performance.now()
    sent++
    try {
      const answer = await exchange(agent, method, url + path, body)
      if (answer.status < 300) return answer
      const target = answer.headers[targetHeader] as string | undefined
      failures.push({
        what: `${method} ${path}: ${answer.status} ${answer.body}`,
        startedMs,
        endedMs: performance.now(),
        target,
      })
    } catch (error) {
      failures.push({
        what: `${method} ${path}: ${String(error)}`,
        startedMs,
        endedMs: performance.now(),
        target: undefined,
      })
    }
    return undefined
  }

  const all = Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
  return {
    get sent() {
      return sent
    },
    failures,
    acknowledged,
    async stop() {
      running = false
      await all
      agent.destroy()
    },
  }
}

const exchange = (agent: Agent, method: string, url: string, body?: string) =>
  new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const outgoing = request(
      url,
      { method, agent, ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' } }) },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () =>
          resolve({
            status: answer.statusCode!,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
