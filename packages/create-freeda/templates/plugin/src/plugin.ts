/** Says hello: replace it by what the plugin is for. */
import { definePlugin } from '@freeda/runtime'
import { z } from 'zod'

export const myThing = definePlugin({
  name: 'my-thing',
  freeda: '^1.0.0',
  options: z.strictObject({ greeting: z.string().min(1).default('Hello') }),
  setup({ options, router }) {
    router.get(
      '/:name',
      {
        summary: 'A greeting',
        params: z.object({ name: z.string().min(1).max(80) }),
        response: z.object({ text: z.string() }),
      },
      ({ params }) => ({ text: `${options.greeting}, ${params.name}!` }),
    )
  },
})
