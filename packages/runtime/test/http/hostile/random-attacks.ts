/** Requests by chance, the same ones for the same seed. Half of them are well-formed at first; then bytes are damaged. */
import type { Attack } from './attack.ts'

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Dice {
  below(count: number): number
  one<T>(values: readonly T[]): T
  chance(probability: number): boolean
}

function diceFrom(seed: number): Dice {
  const random = randomFrom(seed)
  const below = (count: number) => Math.floor(random() * count)
  return { below, one: (values) => values[below(values.length)]!, chance: (p) => random() < p }
}

const methods = [
  'GET',
  'GET',
  'POST',
  'POST',
  'PUT',
  'HEAD',
  'OPTIONS',
  'DELETE',
  'PATCH',
  'TRACE',
  'CONNECT',
  'PRI',
  'get',
  'PROPFIND',
  'G\0T',
  '',
]
const targets = [
  '/app/plain',
  '/app/notes',
  '/app/notes/x',
  '/app/items/1',
  '/app/search?q=a',
  '/app/query?a=1',
  '/app/files/a/b',
  '/app/dashed/a-b-c',
  '/app/redirect?to=/x',
  '/health',
  '/health/ready',
  '/',
  '*',
  '',
  'http://other.example/app/plain',
  '//app/plain',
  '/app/../app',
  '/%00',
  '/%2e%2e/%2f',
  '/app/live',
  '?',
  '#',
]
const versions = [
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/2.0',
  'HTTP/1.',
  'http/1.1',
  '',
]
const hosts = [
  'Host: good.example',
  'Host: good.example',
  'Host: good.example',
  'Host:',
  'Host: a b',
  'host: [::1]:3',
]
const fields = [
  'Content-Type: application/json',
  'Content-Type: text/plain',
  'Content-Encoding: gzip',
  'Expect: 100-continue',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding:chunked ',
  'TE: trailers',
  'Connection: close',
  'Connection: keep-alive',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  'Sec-WebSocket-Version: 13',
  'Origin: https://evil.example',
  'Origin: https://good.example',
  'Access-Control-Request-Method: POST',
  'X-Request-Id: <b>',
  'X-Request-Id: ok',
  'X-Forwarded-For: 1.1.1.1',
  'X-Forwarded-For: ,,',
  'X-Forwarded-Proto: https',
  'If-None-Match: *',
  'Range: bytes=-',
  'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'Authorization: Bearer',
  'Cookie: a=b',
  '__proto__: 1',
  ': x',
  'X',
  'X : y',
  ' X: y',
  'X: \xff\x7f',
  'X: a\r\n b',
  'Idempotency-Key: 1',
  'Accept: */*',
]
/** None of these is a note: whatever happens, nothing may be stored. */
const bodies = [
  '',
  '{}',
  '{"title":1}',
  '[',
  'null',
  '{"__proto__":1}',
  '\x1f\x8b\x08\0',
  'title=x',
  '"',
  '\xff\xfe',
]
const snippets = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  '\r\n\r\n',
  '%',
  '%0d%0a',
  '\xff',
  '\x1b',
  '/',
  '0\r\n\r\n',
]

function framing(dice: Dice, body: string): string[] {
  const length = dice.one([body.length, body.length, body.length, 0, body.length + 5, -1, 1e9, 'a'])
  return dice.one([
    [],
    [`Content-Length: ${length}`],
    [`Content-Length: ${length}`],
    ['Transfer-Encoding: chunked'],
  ])
}

function request(dice: Dice): string {
  const body = dice.one(bodies)
  const lines = [
    `${dice.one(methods)} ${dice.one(targets)} ${dice.one(versions)}`,
    dice.one(hosts),
    ...framing(dice, body),
    ...Array.from({ length: dice.below(5) }, () => dice.one(fields)),
  ]
  const chunked = lines.some((line) => line === 'Transfer-Encoding: chunked') && dice.chance(0.8)
  const sent = chunked ? `${body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`}0\r\n\r\n` : body
  return `${lines.join('\r\n')}\r\n\r\n${sent}`
}

function damage(dice: Dice, text: string): string {
  let damaged = text
  for (let times = dice.below(4); times > 0; times--) {
    const at = dice.below(damaged.length + 1)
    const to = at + dice.below(20)
    const [before, middle, after] = [damaged.slice(0, at), damaged.slice(at, to), damaged.slice(to)]
    damaged = dice.one([
      before + after,
      before + middle + middle + after,
      before + dice.one(snippets) + middle + after,
      before + String.fromCharCode(dice.below(256)) + middle.slice(1) + after,
      before + 'A'.repeat(dice.one([100, 5_000, 20_000])) + middle + after,
      before,
    ])
  }
  return damaged
}

function cut(dice: Dice, text: string): string[] {
  const parts: string[] = []
  let rest = text
  for (let pieces = dice.below(4); pieces > 0; pieces--) {
    const at = dice.below(rest.length + 1)
    parts.push(rest.slice(0, at))
    rest = rest.slice(at)
  }
  return [...parts, rest]
}

export function* randomAttacks(seed: number, count: number): Generator<Attack> {
  for (let i = 0; i < count; i++) {
    const dice = diceFrom(seed * 1_000_003 + i)
    const requests = Array.from({ length: dice.chance(0.2) ? 3 : 1 }, () => request(dice))
    const text = dice.chance(0.5) ? damage(dice, requests.join('')) : requests.join('')
    yield {
      name: `seed ${seed}, number ${i}, ${JSON.stringify(text.slice(0, 400))}`,
      bytes: cut(dice, text),
      mostAnswers: 100,
      halfClose: dice.chance(0.3),
      asksHeads: text.includes('HEAD '),
    }
  }
}
