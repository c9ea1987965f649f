/** Types of queues: checked by `npm run typecheck`. Nothing here runs. */
import { z } from 'zod'
import { definePlugin, queue, type Operation } from '../../src/index.ts'

const Mail = z.object({ to: z.string(), tries: z.number().default(1) })

definePlugin({
  name: 'mail',
  freeda: '^1.0.0',
  queues: { mails: queue(Mail, { attempts: 3 }), numbers: queue(z.number()) },
  setup({ queues: { mails, numbers, ...others }, transact }) {
    mails.work(async ({ value, commit, attempt }) => {
      value.tries satisfies number
      attempt satisfies number
      // @ts-expect-error nobody declared it
      value.from
      await commit([numbers.op.add(1)])
    })
    mails.add({ to: 'ada' }) satisfies Promise<{ readonly id: string }>
    // @ts-expect-error a wrong type
    mails.add({ to: 1 })
    // @ts-expect-error an unknown option
    mails.add({ to: 'ada' }, { delay: 1 })
    mails.op.add({ to: 'ada' }) satisfies Operation
    transact([mails.op.add({ to: 'ada' }), numbers.op.add(2)])
    numbers.work(({ value }) => value satisfies number)
    others satisfies Record<never, never>
    // @ts-expect-error nobody declared it
    others.letters
  },
})

// @ts-expect-error an unknown option
queue(Mail, { retries: 3 })

definePlugin({
  name: 'none',
  freeda: '^1.0.0',
  setup({ queues }) {
    // @ts-expect-error nobody declared it
    queues.mails
  },
})
