import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLogger } from '../../src/observability/logger.ts'
import { batchedOutput } from '../../src/observability/output.ts'
import { temporaryFolder } from '../temporary-folder.ts'

async function batched() {
  const before = new Set(process.listeners('exit'))
  const file = join(await temporaryFolder(), 'log')
  const fd = openSync(file, 'a')
  const log = pino({}, batchedOutput(fd))
  const atExit = process.listeners('exit').find((listener) => !before.has(listener))!
  onTestFinished(() => {
    process.off('exit', atExit)
    closeSync(fd)
  })
  const messages = () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { msg: string }).msg)
  return { log, messages, exit: () => atExit.call(process, 0) }
}

describe('batched output', () => {
  it('writes lines in their order, within a moment', async () => {
    const { log, messages } = await batched()
    log.info('one')
    log.info('two')
    expect(messages()).toEqual([])
    await expect.poll(messages).toEqual(['one', 'two'])
  })

  it('writes an error at once, with what came before it', async () => {
    const { log, messages } = await batched()
    log.info('before')
    log.child({ plugin: 'p' }).error('failed')
    expect(messages()).toEqual(['before', 'failed'])
  })

  it('loses nothing when the process exits', async () => {
    const { log, messages, exit } = await batched()
    log.info('last words')
    exit()
    expect(messages()).toEqual(['last words'])
  })

  it('writes when it is asked to, and when much has come together', async () => {
    const { log, messages } = await batched()
    log.info('small')
    log.flush()
    expect(messages()).toEqual(['small'])
    log.info('x'.repeat(20_000))
    expect(messages()).toHaveLength(2)
  })
})

describe('what is secret by its name', () => {
  async function written(log: (logger: Awaited<ReturnType<typeof createLogger>>) => void) {
    let text = ''
    const destination = { write: (line: string) => void (text += line) }
    log(await createLogger({ app: 'a', level: 'info', pretty: false, redact: [], secrets: [], destination }))
    return text
  }

  it('is hidden as deep as people log, whatever its case, and in lists', async () => {
    const text = await written((log) => {
      log.info({
        req: { headers: { Authorization: 's1', 'Set-Cookie': ['s2'] } },
        users: [{ password: 's3' }],
      })
      log.child({ token: 's4', user: { apiKey: 's5' } }).info('child')
      log.error({ err: Object.assign(new Error('failed'), { secret: 's6', config: { password: 's7' } }) })
    })
    expect(text).not.toMatch(/s\d/)
    expect(text).toContain('"message":"failed"')
  })

  it('stays what it is in the object that was logged', async () => {
    const user = { name: 'n', password: 'p' }
    const text = await written((log) => log.info({ user, at: new Date(0), none: null }, 'x'))
    expect(user.password).toBe('p')
    expect(JSON.parse(text)).toMatchObject({
      user: { name: 'n', password: '[redacted]' },
      at: '1970-01-01T00:00:00.000Z',
      none: null,
    })
  })
})
