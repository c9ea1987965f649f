/**
 * A loopback balancer that treats its targets as an Application Load Balancer does: health checks with thresholds, round robin
 * over the healthy ones, pooled connections, a deregistration delay in which a target gets nothing new. It never sends a request
 * a second time: what a target fails to answer is a 502.
 * Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html
 */
import {
  Agent,
  createServer,
  get,
  request as send,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

export interface BalancerOptions {
  readonly healthPath: string
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly healthyThreshold: number
  readonly unhealthyThreshold: number
  readonly deregistrationDelayMs: number
  /** How long an unused connection to a target is kept. Below the target's own keep-alive, else requests meet a closing one. */
  readonly idleTimeoutMs: number
}

export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'draining'

export interface Target {
  readonly url: string
  readonly state: TargetState
  /** Requests that were sent to it and are not answered. */
  readonly inFlight: number
}

export interface Balancer {
  readonly url: string
  readonly targets: readonly Target[]
  register(url: string): void
  /** Nothing new goes there from now on. Settles when the delay is over and what was in flight is answered. */
  deregister(url: string): Promise<void>
  close(): Promise<void>
}

interface Member extends Target {
  state: TargetState
  inFlight: number
  readonly agent: Agent
  /** Checks in a row that came out other than the state says. */
  streak: number
  timer: NodeJS.Timeout | undefined
}

/** Which target answered, or failed to: for tests to look at. */
export const targetHeader = 'x-test-target'

export async function startBalancer(options: BalancerOptions): Promise<Balancer> {
  const members: Member[] = []
  let turn = 0

  const server = createServer((incoming, outgoing) => {
    const healthy = members.filter(({ state }) => state === 'healthy')
    const member = healthy[turn++ % healthy.length]
    if (member === undefined) return void outgoing.writeHead(503).end('no healthy target')
    forward(member, incoming, outgoing)
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets: members,
    register(url) {
      const agent = new Agent({ keepAlive: true, timeout: options.idleTimeoutMs, scheduling: 'fifo' })
      const member: Member = { url, state: 'initial', inFlight: 0, agent, streak: 0, timer: undefined }
      members.push(member)
      void checkAgain(member, options)
    },
    async deregister(url) {
      const member = members.find((each) => each.url === url)
      if (member === undefined) throw new Error(`${url} is not registered`)
      member.state = 'draining'
      clearTimeout(member.timer)
      await new Promise((resolve) => setTimeout(resolve, options.deregistrationDelayMs))
      member.agent.destroy()
      members.splice(members.indexOf(member), 1)
    },
    async close() {
      for (const { timer, agent } of members) {
        clearTimeout(timer)
        agent.destroy()
      }
      members.length = 0
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function forward(member: Member, incoming: IncomingMessage, outgoing: ServerResponse): void {
  member.inFlight++
  outgoing.on('close', () => member.inFlight--)
  const { connection: _, ...headers } = incoming.headers
  const { hostname, port } = new URL(member.url)
  const onward = send({
    hostname,
    port,
    method: incoming.method,
    path: incoming.url,
    headers: { ...headers, 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' },
    agent: member.agent,
  })
  const fail = (error: Error) => {
    if (outgoing.headersSent) outgoing.destroy()
    else outgoing.writeHead(502, { [targetHeader]: member.url }).end(error.message)
  }
  onward.on('error', fail)
  onward.on('response', (answer) => {
    const { connection: _, 'keep-alive': __, ...answered } = answer.headers
    outgoing.writeHead(answer.statusCode!, { ...answered, [targetHeader]: member.url })
    answer.on('error', fail)
    answer.pipe(outgoing)
  })
  incoming.pipe(onward)
}

/** Health checks go over connections of their own. */
async function checkAgain(member: Member, options: BalancerOptions): Promise<void> {
  const passed = await isHealthy(member.url + options.healthPath, options.timeoutMs)
  if (member.state === 'draining') return
  const agrees = passed === (member.state === 'healthy')
  member.streak = agrees ? 0 : member.streak + 1
  if (passed && member.state !== 'healthy' && member.streak >= options.healthyThreshold)
    turnTo(member, 'healthy')
  if (!passed && member.state !== 'unhealthy' && member.streak >= options.unhealthyThreshold)
    turnTo(member, 'unhealthy')
  member.timer = setTimeout(() => void checkAgain(member, options), options.intervalMs)
}

function turnTo(member: Member, state: TargetState): void {
  member.state = state
  member.streak = 0
}

const isHealthy = (url: string, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const check = get(url, { agent: false, timeout: timeoutMs }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    check.on('timeout', () => check.destroy(new Error('timed out')))
    check.on('error', () => resolve(false))
  })
