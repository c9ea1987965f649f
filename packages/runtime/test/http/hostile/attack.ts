/** Sends bytes as they are, and judges what comes back. */
import { connect, type Socket } from 'node:net'

export interface Attack {
  readonly name: string
  /** Written one after the other, each when the system took the one before. */
  readonly bytes: readonly (string | Uint8Array)[]
  /** The status of the first answer; 0 for a connection that is closed without one. Default: any but 500. */
  readonly expect?: readonly number[]
  /** Most answers that may come: more mean that a request was smuggled. */
  readonly mostAnswers?: number
  /** Ends the sending half at once, instead of behind the first answer. */
  readonly halfClose?: boolean
  /** Asks by HEAD, somewhere: then it cannot be known which answers have a body. */
  readonly asksHeads?: boolean
}

export interface Answer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

const deadlineMs = 6_000

/** Everything that comes until the connection is closed. @throws when nothing happens for too long */
export function attack(
  port: number,
  { name, bytes, halfClose = false, asksHeads = false }: Attack,
): Promise<Answer[]> {
  return new Promise((resolve, reject) => {
    let received = ''
    let ended = false
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`${name}: hangs, after ${JSON.stringify(received.slice(0, 300))}`))
    }, deadlineMs)
    const end = () => {
      if (!ended && socket.writable) socket.end()
      ended = true
    }
    const finish = () => {
      clearTimeout(timer)
      socket.destroy()
      try {
        resolve(parseAnswers(received, asksHeads))
      } catch (error) {
        reject(new Error(`${name}: ${String(error)} in ${JSON.stringify(received.slice(0, 500))}`))
      }
    }
    socket.setEncoding('latin1')
    socket.on('connect', () => writeAll(socket, bytes, () => halfClose && end()))
    socket.on('data', (chunk: string) => {
      received += chunk
      if (isWhole(received, asksHeads)) end()
    })
    // A reset is a closed connection too.
    socket
      .on('error', () => undefined)
      .on('end', finish)
      .on('close', finish)
  })
}

function writeAll(
  socket: Socket,
  [first, ...rest]: readonly (string | Uint8Array)[],
  done: () => void,
): void {
  if (first === undefined) return done()
  const data = typeof first === 'string' ? Buffer.from(first, 'latin1') : first
  if (!socket.writable) return
  socket.write(data, () => setImmediate(() => writeAll(socket, rest, done)))
}

function isWhole(received: string, asksHeads: boolean): boolean {
  try {
    return parseAnswers(received, asksHeads).length > 0
  } catch {
    return false
  }
}

/** @throws when the bytes are not answers, one after the other */
function parseAnswers(text: string, asksHeads: boolean): Answer[] {
  const answers: Answer[] = []
  let rest = text
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n')
    if (end === -1) throw new Error('half an answer')
    const [line = '', ...lines] = rest.slice(0, end).split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1])
    if (Number.isNaN(status)) throw new Error(`no status line: ${line}`)
    const headers = new Map(
      lines.map((each): [string, string] => {
        const colon = each.indexOf(':')
        if (!/^[\w-]+$/.test(each.slice(0, colon))) throw new Error(`no header: ${each}`)
        return [each.slice(0, colon).toLowerCase(), each.slice(colon + 1).trim()]
      }),
    )
    rest = rest.slice(end + 4)
    if (status === 100) continue
    const bodyless =
      status === 204 || status === 304 || (asksHeads && (rest === '' || rest.startsWith('HTTP/1.1 ')))
    const [body, length] = bodyless ? ['', 0] : bodyOf(rest, headers)
    rest = rest.slice(length)
    answers.push({ status, headers, body })
  }
  return answers
}

function bodyOf(rest: string, headers: ReadonlyMap<string, string>): [body: string, length: number] {
  if (headers.get('transfer-encoding') === 'chunked') {
    let body = ''
    let at = 0
    for (;;) {
      const lineEnd = rest.indexOf('\r\n', at)
      if (lineEnd === -1) throw new Error('half a chunk')
      const size = Number.parseInt(rest.slice(at, lineEnd), 16)
      if (rest.length < lineEnd + size + 4) throw new Error('half a chunk')
      body += rest.slice(lineEnd + 2, lineEnd + 2 + size)
      at = lineEnd + size + 4
      if (size === 0) return [body, at]
    }
  }
  const length = Number(headers.get('content-length'))
  if (Number.isNaN(length)) throw new Error('an answer without a length')
  if (rest.length < length) throw new Error('half a body')
  return [rest.slice(0, length), length]
}

const internals = /node_modules|\/packages\/|\.ts:\d|\.js:\d|at [\w.<>]+ \(|node:internal|ERR_[A-Z]|HPE_/

/** What is wrong with an answer to something hostile; empty when nothing is. */
export function faultsOf(one: Answer): string[] {
  const { status, headers, body } = one
  const faults: string[] = []
  if (status === 500) faults.push('500 for bad input')
  if (!headers.has('x-request-id')) faults.push(`a bare ${status}, not ours`)
  for (const name of ['x-injected', 'set-cookie']) if (headers.has(name)) faults.push(`the header ${name}`)
  if (internals.test(body)) faults.push(`internals: ${body}`)
  const { 'access-control-allow-origin': origin } = Object.fromEntries(headers)
  if (origin !== undefined && origin !== 'https://good.example') faults.push(`lets ${origin} read`)
  if (status < 400 || body === '') return faults
  if (headers.get('content-type') !== 'application/problem+json')
    faults.push(`${status} is no problem document`)
  else {
    const document = JSON.parse(body) as Record<string, unknown>
    if (document['status'] !== status) faults.push('the document has another status')
    if (document['requestId'] !== headers.get('x-request-id')) faults.push('the document has another id')
  }
  return faults
}

export const good: Attack = {
  name: 'a good request',
  bytes: ['GET /app/plain HTTP/1.1\r\nHost: good.example\r\nConnection: close\r\n\r\n'],
}
