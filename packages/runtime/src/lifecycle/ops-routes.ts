/** What operators read and set: `GET /metrics` and the log level. On a port of its own, or among the app's routes. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { logLevels } from '../config/config-schema.ts'
import { durationMs } from '../config/duration.ts'
import type { ParsedMetrics } from '../config/metrics-schema.ts'
import { httpProblem, type RequestContext } from '../http.ts'
import type { Mount } from '../routing/mount.ts'
import { pluginRouter } from '../routing/plugin-router.ts'
import type { LogLevelControl } from '../observability/log-level.ts'
import type { Metrics } from '../observability/metrics.ts'

const LevelChange = z.strictObject({ level: z.enum(logLevels), for: durationMs.optional() })

export function opsRoutes(settings: ParsedMetrics, metrics: Metrics, logLevel: LogLevelControl): Mount {
  const router = pluginRouter('')
  const guard = tokenGuard(settings.token)

  if (settings.path !== false)
    router.get(settings.path, async (ctx) => {
      guard(ctx)
      const { type, text } = await metrics.render(ctx.get('accept'))
      ctx.set('Cache-Control', 'no-store')
      ctx.type = type
      ctx.body = text
    })

  router.get('/log-level', (ctx) => {
    guard(ctx)
    ctx.set('Cache-Control', 'no-store')
    ctx.body = logLevel.current
  })

  router.put('/log-level', async (ctx) => {
    guard(ctx)
    if (settings.token === undefined) requireLoopback(ctx)
    const change = await ctx.readBody(LevelChange)
    ctx.body = logLevel.set(change.level, change.for)
  })

  // Overload is when one looks at them.
  return { plugin: 'freeda', prefix: '', router, essential: true }
}

/** Compares digests: their lengths are equal whatever was sent, and the time that it takes tells nothing. */
function tokenGuard(token: string | undefined): (ctx: RequestContext) => void {
  if (token === undefined) return () => undefined
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const expected = digest(token)
  return (ctx) => {
    const [, sent = ''] = /^bearer +(\S+)$/i.exec(ctx.get('authorization')) ?? []
    if (timingSafeEqual(digest(sent), expected)) return
    throw httpProblem(401, {
      code: 'unauthorized',
      detail: 'This needs the metrics token of the app, as Authorization: Bearer.',
      headers: { 'WWW-Authenticate': 'Bearer' },
    })
  }
}

/** Without a token whoever reaches the port may read; only this machine may change anything, and no proxy on it. */
function requireLoopback(ctx: RequestContext): void {
  const { remoteAddress = '' } = ctx.req.socket
  const local = /^(::ffff:)?127\./.test(remoteAddress) || remoteAddress === '::1'
  if (local && ctx.get('x-forwarded-for') === '' && ctx.get('forwarded') === '') return
  throw httpProblem(403, {
    code: 'forbidden',
    detail: 'Without a metrics token only this machine may change the log level.',
  })
}
