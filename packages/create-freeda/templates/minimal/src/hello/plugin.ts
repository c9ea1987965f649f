/** Says hello: replace it by what your app is for. */
import { definePlugin } from '@freeda/runtime'
import { z } from 'zod'

const Name = z.object({ name: z.string().min(1).max(80) })
const Greeting = z.object({ text: z.string() })

export const hello = definePlugin({
  name: 'hello',
  freeda: '^1.0.0',
  security: 'authenticated', // #if auth
  options: z.object({ greeting: z.string().min(1).default('Hello') }),
  setup({ options, router }) {
    router.get(
      '/:name',
      { summary: 'A greeting', params: Name, response: Greeting },
      ({ params }) => ({ text: `${options.greeting}, ${params.name}!` }),
    )
  },
})
