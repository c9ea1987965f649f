/** The whole app without a socket, in memory or on DynamoDB, and people who use it. */
import { StorageDriver } from '@freeda/runtime/driver'
import { fake, testApp, type TestRequest } from '@freeda/runtime/testing'
import { expect, onTestFinished } from 'vitest'
import { z } from 'zod'
import { quickStore } from '../../../test/support/store.ts'
import { articles } from '../src/articles/plugin.ts'
import { ArticlesView, ArticleView } from '../src/articles/views.ts'
import { comments } from '../src/comments/plugin.ts'
import { profiles } from '../src/profiles/plugin.ts'
import { users } from '../src/users/plugin.ts'
import { UserView } from '../src/users/views.ts'

export const jwtSecret = 'a-secret-of-the-tests-with-32-bytes-or-more'

/** Hashes that cost next to nothing. */
const passwordCost = { rounds: 2, blocks: 1, lanes: 1 }

export const Errors = z.object({ errors: z.record(z.string(), z.array(z.string())) })

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** @param driver where the data are, when they are to outlive the app */
export async function openConduit(driver?: StorageDriver) {
  const app = await testApp({
    plugins: [
      ...(driver === undefined ? quickStore() : []),
      users({ jwtSecret, passwordCost }),
      profiles(),
      articles(),
      comments(),
    ],
    override: driver === undefined ? [] : [fake(StorageDriver, driver)],
  })
  onTestFinished(() => app.stop())

  async function send(method: string, path: string, json?: unknown, token?: string): Promise<Answer> {
    const request: TestRequest = {
      method,
      headers: token === undefined ? {} : { authorization: `Token ${token}` },
      ...(json === undefined ? {} : { json }),
    }
    const response = await app.request(`/api${path}`, request)
    const text = await response.text()
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    return { status: response.status, headers: response.headers, body }
  }

  /** Registers somebody, and sends requests as them. */
  async function join(username: string) {
    const user = { username, email: `${username}@example.com`, password: `the password of ${username}` }
    const answer = await send('POST', '/users', { user })
    expect(answer.status).toBe(201)
    const { token } = UserView.parse(answer.body).user
    const as = (method: string, path: string, json?: unknown) => send(method, path, json, token)
    return {
      ...user,
      token,
      get: (path: string) => as('GET', path),
      post: (path: string, json?: unknown) => as('POST', path, json),
      put: (path: string, json?: unknown) => as('PUT', path, json),
      delete: (path: string) => as('DELETE', path),
      /** Writes an article and gives its slug. */
      async write(title: string, more: { readonly tagList?: readonly string[] } = {}) {
        const article = { title, description: `About ${title}`, body: `All of ${title}`, ...more }
        const written = await as('POST', '/articles', { article })
        expect(written.status).toBe(201)
        return ArticleView.parse(written.body).article.slug
      },
    }
  }

  return {
    app,
    send,
    join,
    get: (path: string) => send('GET', path),
    post: (path: string, json?: unknown) => send('POST', path, json),
  }
}

export type Conduit = Awaited<ReturnType<typeof openConduit>>

export const article = ({ status, body }: Answer) => {
  expect(status).toBeLessThan(300)
  return ArticleView.parse(body).article
}

export const titles = ({ status, body }: Answer): string[] => {
  expect(status).toBe(200)
  return ArticlesView.parse(body).articles.map(({ title }) => title)
}

export const total = ({ body }: Answer): number => ArticlesView.parse(body).articlesCount

/** The messages of a refusal, after a look at its shape. */
export const refusal = ({ status, body }: Answer) => {
  const { errors } = Errors.parse(body)
  expect(errors['body']?.length, 'GenericError has a list of messages').toBeGreaterThan(0)
  return { status, errors }
}
