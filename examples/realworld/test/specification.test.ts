/** What the app says of itself at /openapi.json, beside what the specification says. */
import { expect, it } from 'vitest'
import { z } from 'zod'
import { openConduit } from './conduit.ts'

/** Every operation of RealWorld's openapi.yml, version 1.1.0: its answer when all is well, and whether it wants a token. */
const specified = [
  'POST /users 201',
  'POST /users/login 200',
  'GET /user 200 token',
  'PUT /user 200 token',
  'GET /profiles/{username} 200 optional',
  'POST /profiles/{username}/follow 200 token',
  'DELETE /profiles/{username}/follow 200 token',
  'GET /articles 200 optional',
  'POST /articles 201 token',
  'GET /articles/feed 200 token',
  'GET /articles/{slug} 200 optional',
  'PUT /articles/{slug} 200 token',
  'DELETE /articles/{slug} 204 token',
  'GET /articles/{slug}/comments 200 optional',
  'POST /articles/{slug}/comments 200 token',
  'DELETE /articles/{slug}/comments/{id} 204 token',
  'POST /articles/{slug}/favorite 200 token',
  'DELETE /articles/{slug}/favorite 200 token',
  'GET /tags 200',
]

const Operation = z.object({
  responses: z.record(z.string(), z.unknown()),
  security: z.array(z.record(z.string(), z.unknown())).default([]),
})
const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) })

it('has the operations of the specification, and no other', async () => {
  const { app } = await openConduit()
  const { paths } = Document.parse(await (await app.request('/openapi.json')).json())
  const described = Object.entries(paths)
    .filter(([path]) => path.startsWith('/api/'))
    .flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { responses, security }]) => {
        const success = Object.keys(responses).find((status) => status.startsWith('2'))
        const token = security.some((schemes) => 'Token' in schemes)
        const optional = security.some((schemes) => Object.keys(schemes).length === 0)
        const words = [method.toUpperCase(), path.slice('/api'.length), success]
        return [...words, ...(token ? [optional ? 'optional' : 'token'] : [])].join(' ')
      }),
    )
  expect(described.toSorted()).toEqual(specified.toSorted())
})
