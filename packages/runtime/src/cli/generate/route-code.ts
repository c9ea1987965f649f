/** The code of a new route, and of its test. */

export interface RouteNames {
  /** `get`, `post`… */
  readonly method: string
  /** Under the plugin's prefix: `/:id/history`. */
  readonly path: string
  /** The function that registers it: `getIdHistory`. */
  readonly camel: string
  /** Names of the path's parameters. */
  readonly params: readonly string[]
}

export const routeCode = ({ method, path, camel, params }: RouteNames, typed: boolean): string => {
  const takesBody = method !== 'get' && method !== 'delete'
  const spec = [
    `summary: '${method.toUpperCase()} ${path}',`,
    ...(params.length === 0 ? [] : ['params: Params,']),
    ...(takesBody ? ['body: Body,'] : []),
    'response: Answer,',
  ]
  const input = [...(params.length === 0 ? [] : ['params']), ...(takesBody ? ['body'] : [])]
  const answer = [...(params.length === 0 ? [] : ['...params']), ...(takesBody ? ['...body'] : [])]
  return `${typed ? "import type { PluginRouter } from '@freeda/runtime'\n" : ''}import { z } from 'zod'

${params.length === 0 ? '' : `const Params = z.object({ ${params.map((name) => `${name}: z.string()`).join(', ')} })\n`}${takesBody ? 'const Body = z.object({ note: z.string().min(1) })\n' : ''}const Answer = z.object({ ${[...params.map((name) => `${name}: z.string()`), ...(takesBody ? ['note: z.string()'] : []), 'done: z.boolean()'].join(', ')} })

export function ${camel}(router${typed ? ': PluginRouter' : ''}) {
  router.${method}(
    '${path}',
    {
${spec.map((line) => `      ${line}`).join('\n')}
    },
    (${input.length === 0 ? '' : `{ ${input.join(', ')} }`}) => ({ ${[...answer, 'done: true'].join(', ')} }),
  )
}
`
}

export const routeTestCode = ({ method, path, camel, params }: RouteNames, from: string): string => {
  const takesBody = method !== 'get' && method !== 'delete'
  const url = `/owner${path.replaceAll(/:\w+/g, '1')}`.replace(/(.)\/$/, '$1')
  const request = [
    ...(method === 'get' ? [] : [`method: '${method.toUpperCase()}'`]),
    ...(takesBody ? ["json: { note: 'Hello' }"] : []),
  ]
  const expected = [
    ...params.map((name) => `${name}: '1'`),
    ...(takesBody ? ["note: 'Hello'"] : []),
    'done: true',
  ]
  return `import { definePlugin } from '@freeda/runtime'
import { testApp } from '@freeda/runtime/testing'
import { expect, it } from 'vitest'
import { ${camel} } from '${from}'

it('answers ${method.toUpperCase()} ${path}', async () => {
  const owner = definePlugin({ name: 'owner', freeda: '^1.0.0', setup: ({ router }) => ${camel}(router) })
  const app = await testApp({ plugins: [owner()] })
  const response = await app.request('${url}'${request.length === 0 ? '' : `, { ${request.join(', ')} }`})
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ ${expected.join(', ')} })
  await app.stop()
})
`
}
