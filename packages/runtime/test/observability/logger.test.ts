import { Writable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../../src/observability/logger.ts'
import { redactor } from '../../src/observability/redaction.ts'

function sink() {
  let text = ''
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  return { destination, text: () => text }
}

const settings = { app: 'desk', level: 'info', pretty: false, redact: [], secrets: ['hunter2"quoted'] }

describe('redaction', () => {
  it('hides a secret wherever it occurs, also inside JSON and URLs', async () => {
    const out = sink()
    const log = await createLogger({ ...settings, destination: out.destination })
    log.info({ nested: { value: 'x hunter2"quoted y' } }, 'with hunter2"quoted')
    log.error({ err: new Error(`https://x/?k=${encodeURIComponent('hunter2"quoted')}`) }, 'failed')
    expect(out.text()).not.toContain('hunter2')
    expect(out.text().match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(3)
  })

  it('hides what is usually secret by its name, and what the config names', async () => {
    const out = sink()
    const log = await createLogger({ ...settings, redact: ['card'], destination: out.destination })
    log.info({ password: 'p1', user: { token: 't1' }, card: 'c1', harmless: 'h1' }, 'x')
    expect(out.text()).toContain('h1')
    expect(out.text()).not.toMatch(/p1|t1|c1/)
    const headers = { 'x-api-key': 'k2', 'proxy-authorization': 'k3', 'x-apikeys-left': 'h2' }
    log.info({ headers, grant: { access_token: 'k4', refreshToken: 'k5', client_secret: 'k6' } }, 'x')
    expect(out.text()).toContain('h2')
    expect(out.text()).not.toMatch(/k[2-6]/)
  })

  it('leaves no secret in any text, whatever characters it is made of', () => {
    const secret = fc.string({
      minLength: 4,
      maxLength: 12,
      unit: fc.constantFrom(...'"\\/%.*+?()[]{}|^$-éA9 \n😀'),
    })
    const around = fc.string({ unit: fc.constantFrom('x', 'y', 'z') })
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 5 }), around, (secrets, text) => {
        const line = JSON.stringify({
          text: secrets.join(text),
          url: secrets.map(encodeURIComponent).join(text),
        })
        const redacted = redactor(secrets)(`${line} ${secrets.join(text)}`)
        for (const one of secrets)
          for (const form of [one, JSON.stringify(one).slice(1, -1), encodeURIComponent(one)])
            expect(redacted).not.toContain(form)
      }),
    )
  })
})

describe('log lines', () => {
  it('are JSON with time, level by name, app and message', async () => {
    const out = sink()
    const log = await createLogger({ ...settings, destination: out.destination })
    log.warn({ a: 1 }, 'careful')
    expect(JSON.parse(out.text())).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      app: 'desk',
      a: 1,
      msg: 'careful',
    })
  })

  it('can be for people', async () => {
    const out = sink()
    const log = await createLogger({ ...settings, pretty: true, destination: out.destination })
    log.info({ method: 'GET', path: '/x', status: 200, durationMs: 1.5, requestId: 'r1' }, 'request')
    expect(out.text()).toMatch(/INFO.*GET \/x 200 1\.5 ms r1/)
  })
})
