/** `@freeda/health`: `/health` for people, `/health/ready` for the balancer, `/health/live` for the orchestrator. */
import { definePlugin, env, Health } from '@freeda/runtime'
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

    router.get('/', async (ctx) => {
      const report = needs.health
      const { ok, state, checks } = await report.readiness()
      ctx.set(noStore)
      ctx.status = ok ? 200 : 503
      ctx.body = {
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
    })

    router.get('/ready', async (ctx) => {
      const { ok, state, checks } = await needs.health.readiness()
      const failing = checks.filter((check) => !check.ok)
      ctx.set(noStore)
      ctx.status = ok ? 200 : 503
      ctx.body = {
        status: ok ? 'ready' : state === 'ready' ? 'unavailable' : state,
        failing: failing.filter((check) => check.critical).map((check) => check.name),
        degraded: failing.filter((check) => !check.critical).map((check) => check.name),
      }
    })

    // Never looks at a dependency: a restart would not mend one, and would take every task down at once.
    router.get('/live', (ctx) => {
      ctx.set(noStore)
      ctx.body = { status: 'alive' }
    })
  },
})

export default health
