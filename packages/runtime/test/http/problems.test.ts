import { describe, expect, it } from 'vitest'
import { FreedaError } from '../../src/errors.ts'
import { httpProblem } from '../../src/http.ts'
import { errorFrom, problemFrom } from '../../src/exchange/problem.ts'
import { send, serve, type Settings } from './serve.ts'

const failing = async (thrown: unknown, settings: Settings = {}) => {
  const served = await serve((router) => {
    router.get('/x', () => {
      throw thrown
    })
  }, settings)
  return { served, answer: await send(served, '/x') }
}
const production = { mode: 'production' } as const

describe('problem documents', () => {
  it('tell a FreedaError by its status and code', async () => {
    const { answer } = await failing(new FreedaError('FREEDA_NOT_FOUND', { collection: 'tickets', id: '7' }))
    expect(answer.json).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'tickets/7 does not exist.',
      code: 'FREEDA_NOT_FOUND',
      requestId: answer.headers['x-request-id'],
    })
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('list the invalid fields of FREEDA_VALIDATION', async () => {
    const errors = [{ path: 'body.messages[0].text', message: 'Too long' }]
    const { answer } = await failing(new FreedaError('FREEDA_VALIDATION', { what: 'The body', errors }))
    expect(answer.status).toBe(422)
    expect(answer.json['errors']).toEqual(errors)
  })

  it('tell the current version on FREEDA_CONFLICT', async () => {
    const { answer } = await failing(
      new FreedaError('FREEDA_CONFLICT', { collection: 'c', id: '1', expected: 2, currentVersion: 5 }),
    )
    expect([answer.status, answer.json['currentVersion']]).toEqual([409, 5])
  })

  it('leave the current version out when there is no document', async () => {
    const { answer } = await failing(
      new FreedaError('FREEDA_CONFLICT', { collection: 'c', id: '1', expected: 2 }),
    )
    expect(answer.json).not.toHaveProperty('currentVersion')
  })

  it('say when to come back after what may pass', async () => {
    const { answer } = await failing(
      new FreedaError('FREEDA_THROTTLED', { driver: 'dynamodb', reason: 'table-17 is hot' }),
      production,
    )
    expect([answer.status, answer.headers['retry-after'], answer.json['code']]).toEqual([
      503,
      '1',
      'FREEDA_THROTTLED',
    ])
    expect(answer.text).not.toContain('table-17')
    expect(answer.text).not.toContain('dynamodb')
  })

  it('tell more of what may pass in development', async () => {
    const { answer } = await failing(
      new FreedaError('FREEDA_THROTTLED', { driver: 'd', reason: 'table-17 is hot' }),
    )
    expect(answer.json['detail']).toContain('table-17')
  })

  it('give an HttpProblem as it is, headers and extensions included', async () => {
    const { answer } = await failing(
      httpProblem(409, {
        code: 'ticket_closed',
        detail: 'The ticket is closed.',
        headers: { 'X-Closed-By': 'ann' },
        extensions: { closedAt: '2020-01-01', status: 200, requestId: 'forged' },
      }),
      production,
    )
    expect(answer.status).toBe(409)
    expect(answer.headers['x-closed-by']).toBe('ann')
    expect(answer.json).toEqual({
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      detail: 'The ticket is closed.',
      code: 'ticket_closed',
      requestId: answer.headers['x-request-id'],
      closedAt: '2020-01-01',
    })
  })

  it('survive extensions and headers that cannot be sent', async () => {
    const { answer, served } = await failing(
      httpProblem(400, { code: 'odd', headers: { 'X-Bad': 'a\r\nb: c' }, extensions: { big: 1n } }),
    )
    expect([answer.status, answer.json['code'], answer.headers['b']]).toEqual([400, 'odd', undefined])
    expect(served.logs.map((line) => line.msg)).toContain('an error has a header that HTTP does not allow')
  })

  it.each([200, 99, 700, Number.NaN])('hide an HttpProblem with the status %d', async (status) => {
    const { answer } = await failing(httpProblem(status, { code: 'odd' }), production)
    expect([answer.status, answer.json['code']]).toEqual([500, 'FREEDA_INTERNAL'])
  })

  it('tell what ctx.throw exposes', async () => {
    const served = await serve((router) => {
      router.get('/teapot', (ctx) => ctx.throw(418, 'short and stout', { headers: { 'X-Spout': 'left' } }))
      router.get('/coded', (ctx) => ctx.throw(400, 'no', { code: 'bad_thing' }))
      router.get('/hidden', (ctx) => ctx.throw(502, 'db-7 is down'))
      router.get('/shown', (ctx) => ctx.throw(503, 'Back at noon', { expose: true }))
    }, production)
    const teapot = await send(served, '/teapot')
    expect(teapot.json).toMatchObject({ status: 418, code: 'im_a_teapot', detail: 'short and stout' })
    expect(teapot.headers['x-spout']).toBe('left')
    expect((await send(served, '/coded')).json['code']).toBe('bad_thing')
    const hidden = await send(served, '/hidden')
    expect(hidden.json).toMatchObject({ status: 502, code: 'bad_gateway' })
    expect(hidden.text).not.toContain('db-7')
    expect((await send(served, '/shown')).json).toMatchObject({ status: 503, detail: 'Back at noon' })
  })

  it('hide an unexpected error in production, and log it once with the request id', async () => {
    const error = new Error('password is hunter2', { cause: new Error('the cause') })
    const { answer, served } = await failing(error, production)
    expect(answer.json).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      detail: 'Something went wrong on our side. Quote the request id when you report it.',
      code: 'FREEDA_INTERNAL',
      requestId: answer.headers['x-request-id'],
    })
    expect(served.logs).toHaveLength(1)
    expect(served.logs[0]).toMatchObject({
      level: 50,
      requestId: answer.headers['x-request-id'],
      status: 500,
    })
    const err = JSON.stringify(served.logs[0]!['err'])
    expect(err).toContain('hunter2')
    expect(err).toContain('problems.test.ts')
    expect(err).toContain('the cause')
  })

  it('hide a failure of Freeda itself in production', async () => {
    const { answer } = await failing(
      new FreedaError('FREEDA_STORAGE_DAMAGED', { file: '/srv/secret.json', reason: 'cut', fix: 'mend' }),
      production,
    )
    expect([answer.status, answer.json['code']]).toEqual([500, 'FREEDA_INTERNAL'])
    expect(answer.text).not.toContain('/srv')
  })

  it('show message and stack of an unexpected error in development', async () => {
    const { answer } = await failing(new Error('what happened'))
    expect(answer.json['detail']).toBe('what happened')
    expect(JSON.stringify(answer.json['stack'])).toContain('problems.test.ts')
  })

  it.each([['a string'], [undefined], [null], [42], [{ status: 404 }], [Symbol('x')]])(
    'survive that %s is thrown',
    async (thrown) => {
      const { answer, served } = await failing(thrown, production)
      expect([answer.status, answer.json['code']]).toEqual([500, 'FREEDA_INTERNAL'])
      expect(JSON.stringify(served.logs[0]!['err'])).toContain('not an Error')
    },
  )

  it('drop the headers of the answer that failed, but keep Freeda’s own', async () => {
    const served = await serve((router) => {
      router.get('/x', (ctx) => {
        ctx.set('ETag', '"1"')
        ctx.set('Cache-Control', 'public, max-age=600')
        ctx.type = 'text/html'
        throw new Error('late')
      })
    })
    const { headers } = await send(served, '/x')
    expect(headers['etag']).toBeUndefined()
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['content-type']).toBe('application/problem+json')
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  it('stand for an error status that was set without a body', async () => {
    const served = await serve((router) => {
      router.get('/forbidden', (ctx) => {
        ctx.set('X-Kept', 'yes')
        ctx.status = 403
      })
      router.get('/empty', () => undefined)
      router.get('/own', (ctx) => {
        ctx.status = 409
        ctx.body = { mine: true }
      })
    })
    const forbidden = await send(served, '/forbidden')
    expect(forbidden.json).toMatchObject({ status: 403, code: 'forbidden', title: 'Forbidden' })
    expect(forbidden.headers['x-kept']).toBe('yes')
    expect((await send(served, '/empty')).json).toMatchObject({ status: 404 })
    const own = await send(served, '/own')
    expect([own.status, own.json]).toEqual([409, { mine: true }])
  })

  it('answer middleware that reports by ctx.onerror, and log what it emits on the app', async () => {
    const served = await serve((router) => {
      router.get('/x', (ctx) => {
        ctx.app.emit('error', new Error('emitted'), ctx)
        ctx.onerror(Object.assign(new Error('Pay first'), { status: 402, expose: true }))
      })
    })
    const answer = await send(served, '/x')
    expect(answer.json).toMatchObject({ status: 402, detail: 'Pay first' })
    expect(served.logs[0]).toMatchObject({ level: 50, requestId: answer.headers['x-request-id'] })
  })
})

describe('an error', () => {
  it('of another copy of the package is told the same way', () => {
    const foreign = Object.assign(new Error('x does not exist.'), {
      [Symbol.for('freeda.error')]: true,
      code: 'FREEDA_NOT_FOUND',
      status: 404,
      retryable: false,
      data: {},
    })
    expect(problemFrom(foreign, { requestId: 'r', production: true })).toMatchObject({ status: 404 })
  })

  it('of another realm is not wrapped', async () => {
    const { runInNewContext } = await import('node:vm')
    const foreign: unknown = runInNewContext('new Error("other realm")')
    expect(errorFrom(foreign)).toBe(foreign)
  })
})
