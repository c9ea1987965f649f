/** Types of the plugin contract: checked by `npm run typecheck`. Nothing here runs. */
import { z } from 'zod'
import {
  collection,
  definePlugin,
  env,
  optional,
  schedule,
  secret,
  service,
  type PluginUse,
} from '../../src/index.ts'

const Mail = service<{ send(to: string): Promise<void> }>('acme.mail')
const Cache = service<Map<string, string>>('acme.cache')
const Tickets = service<{ count: number }>('acme.tickets')
const Ticket = z.object({ status: z.enum(['open', 'closed']), at: z.number().optional() })

const tickets = definePlugin({
  name: 'tickets',
  freeda: '^1.0.0',
  options: z.object({
    sla: z.number().default(3),
    key: z.string().optional(),
    mail: z.object({ size: z.number() }).optional(),
  }),
  env: { REGION: env('REGION', 'eu') },
  collections: {
    tickets: collection(Ticket, { indexes: { byStatus: { partition: 'status', sort: 'at' } } }),
  },
  needs: { mail: Mail, cache: optional(Cache) },
  provides: { tickets: Tickets },
  async setup({ options, needs, collections, router, env: variables }) {
    options.sla satisfies number
    needs.mail.send(variables.REGION) satisfies Promise<void>
    needs.cache satisfies Map<string, string> | undefined
    // @ts-expect-error an optional need may be missing
    needs.cache.get('x')
    // @ts-expect-error nobody declared it
    collections.messages
    const page = await collections.tickets.query({ index: 'byStatus', partition: 'open' })
    page.items[0]!.status satisfies 'open' | 'closed'
    page.items[0]!.version satisfies number
    router.get('/:id', async (ctx) => {
      const body = await ctx.readBody(z.object({ text: z.string() }))
      body.text satisfies string
    })
    return { tickets: { count: page.items.length } }
  },
})

export const uses: PluginUse[] = [
  tickets(),
  tickets({ sla: 5, key: secret('KEY'), mail: { size: env.number('SIZE', 3) } }, { critical: false }),
  tickets({ sla: env.number('SLA') }),
]
// @ts-expect-error a wrong type
tickets({ sla: 'three' })
// @ts-expect-error a descriptor of a wrong type
tickets({ sla: env('SLA') })
// @ts-expect-error an unknown key
tickets({ slaMinutes: 3 })

const strict = definePlugin({
  name: 'strict',
  freeda: '^1.0.0',
  options: z.object({ url: z.string() }),
  setup() {},
})
strict({ url: env.url('URL') })
// @ts-expect-error options that are required
strict()
// @ts-expect-error a variable that may be unset for an option that may not
strict({ url: env('URL', undefined) })

definePlugin({ name: 'async', freeda: '^1.0.0', setup: async () => {} })
definePlugin({
  name: 'wrong',
  freeda: '^1.0.0',
  provides: { tickets: Tickets },
  // @ts-expect-error not the type of the token
  setup: () => ({ tickets: { count: 'three' } }),
})
definePlugin({
  name: 'missing',
  freeda: '^1.0.0',
  provides: { tickets: Tickets },
  // @ts-expect-error nothing returned
  setup() {},
})

definePlugin({
  name: 'timed',
  freeda: '^1.0.0',
  schedules: { nightly: schedule({ cron: '0 3 * * *' }) },
  setup({ schedules }) {
    schedules.nightly.run(async ({ slot, fence, commit }) => {
      slot satisfies Date
      fence satisfies number
      await commit([])
    })
    // @ts-expect-error not declared
    schedules.hourly.run(() => undefined)
  },
})
// @ts-expect-error an interval has no time zone
schedule({ everyMs: 60_000, timeZone: 'Europe/Paris' })
// @ts-expect-error one of the two
schedule({ everyMs: 60_000, cron: '0 3 * * *' })
