import { describe, expect, it } from 'vitest'
import { send, serve, until, wire, type Settings } from './serve.ts'

const app = (settings: Settings = {}) =>
  serve((router) => {
    router.get('/x', (ctx) => void (ctx.body = { host: ctx.host, path: ctx.path }))
  }, settings)

async function raw(served: { port: number }, text: string) {
  const { received } = await exchange(served, text)
  const [head = '', body = ''] = received.split('\r\n\r\n')
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]),
    code: body.startsWith('{') ? (JSON.parse(body) as { code?: string }).code : undefined,
    head,
    body,
  }
}

async function exchange(served: { port: number }, text: string) {
  const connection = await wire(served)
  connection.write(text)
  await until(() => connection.closed || /\r\n\r\n[^]*\}/.test(connection.received))
  return connection
}

describe('limits of a request', () => {
  it('refuses a URL that is too long, up to what the parser reads', async () => {
    const served = await app({ maxUrlBytes: 100 })
    expect((await send(served, `/x?${'a'.repeat(97)}`)).status).toBe(200)
    const refused = await send(served, `/x?${'a'.repeat(98)}`)
    expect(refused).toMatchObject({ status: 414, json: { code: 'uri_too_long' } })
    expect(refused.headers['content-type']).toBe('application/problem+json')
  })

  it('calls a URL too long that is longer than all headers may be', async () => {
    const served = await app({ maxHeaderBytes: 4_096, maxUrlBytes: 2_048 })
    const text = `GET /x?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`
    expect(await raw(served, text)).toMatchObject({ status: 414, code: 'uri_too_long' })
  })

  it('refuses headers that are too large', async () => {
    const served = await app({ maxHeaderBytes: 4_096 })
    const text = `GET /x HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(5_000)}\r\n\r\n`
    expect(await raw(served, text)).toMatchObject({ status: 431 })
  })

  it('refuses too many headers instead of dropping some', async () => {
    const many = (count: number) =>
      `GET /x HTTP/1.1\r\nHost: x\r\n${'a:b\r\n'.repeat(count - 2)}Connection: close\r\n\r\n`
    const served = await app()
    expect(await raw(served, many(200))).toMatchObject({ status: 200 })
    expect(await raw(served, many(201))).toMatchObject({ status: 431 })
    expect(await raw(served, many(3_000))).toMatchObject({ status: 431 })
  })

  it.each([
    ['none', ''],
    ['two', 'Host: a\r\nHost: b\r\n'],
    ['two that are equal', 'Host: a\r\nhost: a\r\n'],
    ['one with userinfo', 'Host: user@a\r\n'],
    ['one with a path', 'Host: a/b\r\n'],
    ['one with a space', 'Host: a b\r\n'],
    ['one with quotes', 'Host: "><script>\r\n'],
    ['a list', 'Host: a, b@c\r\n'],
    ['one with a port that is none', 'Host: a:b\r\n'],
  ])('answers a Host header with 400 when there is %s', async (_, header) => {
    const answer = await raw(await app(), `GET /x HTTP/1.1\r\n${header}\r\n`)
    expect(answer).toMatchObject({ status: 400, code: 'bad_request' })
    expect(answer.head).toContain('X-Request-Id')
  })

  it.each(['a', 'a:80', 'api.example.com', '[::1]:3000', '127.0.0.1', 'xn--bcher-kva.example', ''])(
    'takes the host %j',
    async (host) => {
      expect((await raw(await app(), `GET /x HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status).toBe(200)
    },
  )

  it('does without a Host in HTTP/1.0', async () => {
    expect((await raw(await app(), 'GET /x HTTP/1.0\r\n\r\n')).status).toBe(200)
  })

  it('believes the host of an absolute target, not the header', async () => {
    const answer = await raw(await app(), 'GET http://one.example/x HTTP/1.1\r\nHost: two.example\r\n\r\n')
    expect(JSON.parse(answer.body)).toEqual({ host: 'one.example', path: '/x' })
  })

  it('answers CONNECT with 501', async () => {
    const text = 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n'
    expect(await raw(await app(), text)).toMatchObject({ status: 501, code: 'not_implemented' })
  })

  it('ignores expectations that it does not know', async () => {
    const answer = await raw(await app(), 'GET /x HTTP/1.1\r\nHost: x\r\nExpect: a-cake\r\n\r\n')
    expect(answer.status).toBe(200)
  })

  it('closes connections above the limit, and serves the others', async () => {
    const served = await app({ maxConnections: 2 })
    const one = await wire(served)
    await wire(served)
    const third = await wire(served)
    await until(() => third.closed)
    expect(served.logs.at(-1)?.msg).toBe('too many connections: new ones are closed')
    one.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => one.received.includes('200 OK'))
  })

  it('closes a connection that sends nothing, or too slowly', async () => {
    const served = await app({ headersTimeoutMs: 200, requestTimeoutMs: 300 })
    const silent = await wire(served)
    const slow = await wire(served)
    slow.write('GET /x HTTP/1.1\r\nHost: x\r\n')
    const drip = setInterval(() => slow.write('A: b\r\n'), 20)
    try {
      await until(() => silent.closed && slow.closed)
    } finally {
      clearInterval(drip)
    }
    expect(slow.received).toMatch(/^HTTP\/1\.1 408 /)
  })
})
