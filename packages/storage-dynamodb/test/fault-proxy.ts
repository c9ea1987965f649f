/** Stands between the driver and DynamoDB, and does to requests what networks and busy tables do. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Fault =
  /** Answers by itself, as DynamoDB answers errors. */
  | { readonly kind: 'error'; readonly status: number; readonly type: string; readonly message?: string }
  /** Cuts the connection before the request reaches the table. */
  | { readonly kind: 'reset' }
  /** Lets the request through, and cuts the connection instead of answering. */
  | { readonly kind: 'lose-answer' }
  /** Lets the request through (or not) and never answers. */
  | { readonly kind: 'hang'; readonly isForwarded?: boolean }
  /** Answers, a byte at a time. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** Of a batch, only so many are done. */
  | { readonly kind: 'unprocessed'; readonly done: number }
  /** Lets the request through only then. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** Answers as it did when the same request came for the first time: an index that lags behind. */
  | { readonly kind: 'stale' }
  /** Lets requests through that are signed by a clock that is so far from this machine's, and refuses others as DynamoDB does. */
  | { readonly kind: 'clock'; readonly offsetMs: number }

export interface ProxiedRequest {
  /** e.g. `PutItem` */
  readonly operation: string
  readonly body: Record<string, unknown>
  /** The body as it came. */
  readonly text: string
  /** From 1, among requests of this operation. */
  readonly count: number
}

export interface FaultProxy {
  readonly endpoint: string
  /** Every request that came in, by operation. */
  readonly counts: Readonly<Record<string, number>>
  /** What the requests cost so far, as the answers say. */
  readonly units: { read: number; write: number }
  /** Decides what happens to each request from now on; nothing when left out. */
  inject(choose?: (request: ProxiedRequest) => Fault | undefined): void
  /** Resolves when nothing is on its way to the table. */
  settled(): Promise<void>
  close(): Promise<void>
}

export const throttling: Fault = {
  kind: 'error',
  status: 400,
  type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
  message: 'The level of configured provisioned throughput for the table was exceeded.',
}
export const serverError: Fault = {
  kind: 'error',
  status: 500,
  type: 'com.amazonaws.dynamodb.v20120810#InternalServerError',
}
export const expiredToken: Fault = {
  kind: 'error',
  status: 400,
  type: 'com.amazon.coral.service#ExpiredTokenException',
  message: 'The security token included in the request is expired',
}
export const accessDenied: Fault = {
  kind: 'error',
  status: 400,
  type: 'com.amazon.coral.service#AccessDeniedException',
  message: 'User is not authorized to perform: dynamodb:GetItem',
}

interface FaultProxyOptions {
  /** Asks for the cost of each request. */
  readonly isMeasuring?: boolean
  /** Changes every request on its way. */
  readonly rewrite?: (text: string) => string
}

export async function startFaultProxy(
  upstream: string,
  { isMeasuring = false, rewrite = (text) => text }: FaultProxyOptions = {},
): Promise<FaultProxy> {
  let choose: ((request: ProxiedRequest) => Fault | undefined) | undefined
  const counts: Record<string, number> = {}
  const units = { read: 0, write: 0 }
  const firstAnswers = new Map<string, Answer>()
  const onTheirWay = new Set<Promise<unknown>>()
  const tracked = <T>(sending: Promise<T>): Promise<T> => {
    onTheirWay.add(sending)
    return sending.finally(() => onTheirWay.delete(sending))
  }
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy())
  })
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const text = await textOf(request)
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
    counts[operation] = (counts[operation] ?? 0) + 1
    const body = JSON.parse(text) as Record<string, unknown>
    const fault = choose?.({ operation, body, text, count: counts[operation] })
    const forward = async (sent: string) => {
      if (!isMeasuring) return send(upstream, request, sent)
      const asking = JSON.stringify({ ...(JSON.parse(sent) as object), ReturnConsumedCapacity: 'TOTAL' })
      const answered = await send(upstream, request, asking)
      units[writing.test(operation) ? 'write' : 'read'] += costOf(answered)
      return answered
    }
    const firstAnswer = firstAnswers.get(text)
    const remember = async (sent: string) => {
      const answered = await tracked(forward(rewrite(sent)))
      if (operation === 'Query' && !firstAnswers.has(sent)) firstAnswers.set(sent, answered)
      return answered
    }
    await answer(fault, { request, response, operation, text, firstAnswer, forward: remember })
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    counts,
    units,
    inject: (next) => void (choose = next),
    async settled() {
      while (onTheirWay.size > 0) await Promise.allSettled(onTheirWay)
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

const writing = /Put|Update|Delete|Write/

function costOf({ text }: Answer): number {
  const { ConsumedCapacity: found } = JSON.parse(text) as {
    ConsumedCapacity?: { CapacityUnits: number } | { CapacityUnits: number }[]
  }
  return [found ?? []].flat().reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0)
}

interface Exchanged {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly operation: string
  readonly text: string
  /** Of the same query. */
  readonly firstAnswer: Answer | undefined
  forward(body: string): Promise<Answer>
}

interface Answer {
  readonly status: number
  readonly text: string
}

async function answer(fault: Fault | undefined, exchanged: Exchanged): Promise<void> {
  const { request, response, text, forward } = exchanged
  switch (fault?.kind) {
    case 'error':
      return reply(response, {
        status: fault.status,
        text: JSON.stringify({ __type: fault.type, message: fault.message ?? 'injected' }),
      })
    case 'reset':
      return void request.socket.destroy()
    case 'lose-answer':
      await forward(text)
      return void request.socket.destroy()
    case 'hang':
      if (fault.isForwarded === true) await forward(text)
      return
    case 'drip':
      return drip(response, await forward(text), fault.everyMs)
    case 'unprocessed':
      return reply(response, await partly(exchanged, fault.done))
    case 'stale':
      return reply(response, exchanged.firstAnswer ?? (await forward(text)))
    case 'hold':
      await fault.until
      break
    case 'clock': {
      const refusal = clockRefusal(request, fault.offsetMs)
      if (refusal !== undefined) {
        response.setHeader('date', new Date(Date.now() + fault.offsetMs).toUTCString())
        return reply(response, refusal)
      }
    }
  }
  reply(response, await forward(text))
}

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html */
const clockToleranceMs = 5 * 60_000

function clockRefusal(request: IncomingMessage, offsetMs: number): Answer | undefined {
  const signed = String(request.headers['x-amz-date']).replace(
    /^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/,
    '$1-$2-$3:$4:$5',
  )
  if (Math.abs(Date.parse(signed) - (Date.now() + offsetMs)) <= clockToleranceMs) return undefined
  return {
    status: 400,
    text: JSON.stringify({
      __type: 'com.amazon.coral.service#InvalidSignatureException',
      message: `Signature expired: ${signed} is not within 5 minutes of the time of the server`,
    }),
  }
}

function reply(response: ServerResponse, { status, text }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(text)
}

async function drip(response: ServerResponse, { status, text }: Answer, everyMs: number): Promise<void> {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
  // White space before JSON changes nothing: even the shortest answer takes its time.
  for (const character of ' '.repeat(100) + text) {
    if (response.destroyed) return
    response.write(character)
    await sleep(everyMs)
  }
  response.end()
}

/** Does the first `done` of a batch, and gives the others back. */
async function partly({ operation, text, forward }: Exchanged, done: number): Promise<Answer> {
  const { RequestItems: asked } = JSON.parse(text) as { RequestItems: Record<string, unknown> }
  const [table, entry] = Object.entries(asked)[0]!
  const isRead = operation === 'BatchGetItem'
  const list = (isRead ? (entry as { Keys: unknown[] }).Keys : entry) as unknown[]
  const part = (items: unknown[]) => ({ [table]: isRead ? { ...(entry as object), Keys: items } : items })
  const undone = list.slice(done)
  const answered =
    done === 0
      ? { Responses: {} }
      : (JSON.parse(
          (await forward(JSON.stringify({ RequestItems: part(list.slice(0, done)) }))).text,
        ) as object)
  const left = undone.length === 0 ? {} : part(undone)
  return {
    status: 200,
    text: JSON.stringify({ ...answered, [isRead ? 'UnprocessedKeys' : 'UnprocessedItems']: left }),
  }
}

async function send(upstream: string, request: IncomingMessage, body: string): Promise<Answer> {
  const headers = Object.fromEntries(
    ['x-amz-target', 'content-type', 'authorization', 'x-amz-date'].map((name) => [
      name,
      String(request.headers[name]),
    ]),
  )
  const answered = await fetch(upstream, { method: 'POST', headers, body })
  return { status: answered.status, text: await answered.text() }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
