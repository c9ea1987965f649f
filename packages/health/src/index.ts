/** `@freeda/health`: `/health` for people, `/health/ready` for the balancer, `/health/live` for the orchestrator. */
import { definePlugin, env, Health, reply } from '@freeda/runtime'
import { z } from 'zod'

const noStore = { 'cache-control': 'no-store' }

/** Serves the health of the app under `/health`. */
export const health = definePlugin({
  name: 'health',
  freeda: '^1.0.0',
  essential: true,
  options: z.object({
    /** Whether answers say why a check fails. Default: not in production, since reasons may hold internal names. */
    details: z.boolean().optional(),
  }),
  // Set by the deployment, so that `/health` tells which commit runs.
  env: { commit: env('GIT_SHA', undefined) },
  needs: { health: Health },
  setup({ options, env: { commit }, needs, router, mode }) {
    const details = options.details ?? mode !== 'production'

    // Returned, not put into koa's `ctx.body`: that loads all of fetch to see whether the value is a Response.
    router.get('/', { summary: 'The state of the app, for people' }, async () => {
      const report = needs.health
      const [{ ok, state, checks }, views] = await Promise.all([
        report.readiness(),
        report.views({ details }),
      ])
      const own = {
        status: ok ? 'ok' : 'unavailable',
        name: report.app.name,
        version: report.app.version,
        ...(report.app.build === undefined ? {} : { build: report.app.build }),
        ...(commit === undefined ? {} : { commit }),
        state,
        uptimeSeconds: Math.floor(report.uptimeMs / 1000),
        plugins: report.plugins.map(({ error, ...plugin }) =>
          details && error !== undefined ? { ...plugin, error } : plugin,
        ),
        checks: checks.map(({ name, plugin, critical, ok, durationMs, error }) => ({
          name,
          plugin,
          critical,
          ok,
          durationMs,
          ...(details && error !== undefined ? { error } : {}),
        })),
      }
      // Its own first, and not to be overwritten.
      return reply(ok ? 200 : 503, { ...own, ...views, ...own }, noStore)
    })

    router.get('/ready', { summary: 'Whether the app can serve, for a balancer' }, async () => {
      const { ok, state, checks } = await needs.health.readiness()
      const failing = checks.filter((check) => !check.ok)
      const body = {
        status: ok ? 'ready' : state === 'ready' ? 'unavailable' : state,
        failing: failing.filter((check) => check.critical).map((check) => check.name),
        degraded: failing.filter((check) => !check.critical).map((check) => check.name),
      }
      return reply(ok ? 200 : 503, body, noStore)
    })

    // Never looks at a dependency: a restart would not mend one, and would take every task down at once.
    router.get('/live', { summary: 'Whether the app is alive, for an orchestrator' }, () =>
      reply(200, { status: 'alive' }, noStore),
    )
  },
})

export default health
