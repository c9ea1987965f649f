import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { logLevelControl } from '../../src/observability/log-level.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => void vi.useRealTimers())

function logger(level = 'info') {
  const lines: Record<string, unknown>[] = []
  const log = pino(
    { level },
    { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  )
  return { log, lines, messages: () => lines.map(({ msg }) => msg) }
}

describe('the log level', () => {
  it('reaches loggers that exist already, whatever they were made from, and spares those with a level of their own', () => {
    const { log, messages } = logger()
    const plugin = log.child({ plugin: 'p' })
    const request = plugin.child({ requestId: 'r' }, {})
    const own = log.child({}, { level: 'error' })
    const control = logLevelControl(log)

    control.set('debug')
    for (const one of [log, plugin, request, own]) one.debug('debugging')
    expect(messages().filter((msg) => msg === 'debugging')).toHaveLength(3)
    expect([plugin.level, request.level, own.level]).toEqual(['debug', 'debug', 'error'])
    expect(plugin.isLevelEnabled('debug')).toBe(true)

    log.level = 'fatal'
    for (const one of [log, plugin, request]) one.error('hidden')
    expect(messages()).not.toContain('hidden')
  })

  it('goes back by itself after a while', () => {
    const { log } = logger()
    const control = logLevelControl(log)
    expect(control.set('debug', 60_000)).toEqual({
      level: 'debug',
      reverts: { to: 'info', at: new Date(Date.now() + 60_000).toISOString() },
    })
    vi.advanceTimersByTime(59_999)
    expect(log.level).toBe('debug')
    vi.advanceTimersByTime(1)
    expect(log.level).toBe('info')
    expect(control.current).toEqual({ level: 'info' })
  })

  it('goes back to what was before the first of two changes for a while', () => {
    const { log } = logger()
    const control = logLevelControl(log)
    control.set('debug', 60_000)
    control.set('trace', 120_000)
    vi.advanceTimersByTime(60_000)
    expect(log.level).toBe('trace')
    vi.advanceTimersByTime(60_000)
    expect(log.level).toBe('info')
  })

  it('stays when it is changed for good, also while it was changed for a while', () => {
    const { log } = logger()
    const control = logLevelControl(log)
    control.set('debug', 60_000)
    expect(control.set('warn')).toEqual({ level: 'warn' })
    vi.advanceTimersByTime(120_000)
    expect(log.level).toBe('warn')
  })

  it('says that it was changed, also into silence', () => {
    const { log, lines } = logger()
    const control = logLevelControl(log)
    control.set('silent', 1_000)
    vi.advanceTimersByTime(1_000)
    expect(lines).toMatchObject([
      { msg: 'log level changed', from: 'info', to: 'silent', forMs: 1_000 },
      { msg: 'log level changed', from: 'silent', to: 'info' },
    ])
  })

  it('is left alone once the app has stopped', () => {
    const { log } = logger()
    const control = logLevelControl(log)
    control.set('debug', 1_000)
    control.close()
    vi.advanceTimersByTime(1_000)
    expect(log.level).toBe('debug')
  })
})
