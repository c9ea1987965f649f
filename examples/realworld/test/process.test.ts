/** The app as users start it: a process of the built packages, on the JSON store or on DynamoDB. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { freshStore, type Store } from '../../../test/support/store.ts'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const freeda = fileURLToPath(new URL('../../../packages/runtime/bin/freeda.js', import.meta.url))
const readyLine = /"url":"(http:[^"]+)".*"msg":"ready"/

async function startConduit({ environment }: Store, env: Record<string, string> = {}) {
  const { NODE_ENV: _, JWT_SECRET: __, ...inherited } = process.env
  const child = spawn(process.execPath, [freeda, 'start'], {
    cwd,
    env: { ...inherited, PORT: '0', ...environment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  let output = ''
  const url = await new Promise<string | undefined>((resolve) => {
    const read = (chunk: Buffer) => {
      output += String(chunk)
      const ready = readyLine.exec(output)
      if (ready !== null) resolve(ready[1])
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void ended.then(() => resolve(undefined))
  })
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    const [code] = await ended
    return code
  }
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) await end('SIGKILL')
  })
  const send = async (method: string, path: string, json?: unknown, token?: string) => {
    const response = await fetch(`${url}/api${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Token ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    const text = await response.text()
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as never }
  }
  return { url, send, end, output: () => output }
}

const ann = { username: 'ann', email: 'ann@example.com', password: 'a long enough one' }

it('keeps everything that it answered for when it is killed, and tokens stay good', async () => {
  const store = freshStore()
  const first = await startConduit(store)
  const { user } = (await first.send('POST', '/users', { user: ann })).body as { user: { token: string } }
  const article = { title: 'Kept', description: 'd', body: 'b', tagList: ['t'] }
  expect((await first.send('POST', '/articles', { article }, user.token)).status).toBe(201)
  expect((await first.send('POST', '/articles/kept/favorite', undefined, user.token)).status).toBe(200)
  await first.end('SIGKILL')

  const second = await startConduit(store)
  expect(await second.send('GET', '/articles?tag=t', undefined, user.token)).toMatchObject({
    status: 200,
    body: { articles: [{ title: 'Kept', favorited: true, favoritesCount: 1 }], articlesCount: 1 },
  })
  expect((await second.send('POST', '/users/login', { user: ann })).status).toBe(200)
  expect((await fetch(`${second.url}/health/ready`)).status).toBe(200)
  expect(await second.end('SIGTERM')).toBe(0)
})

it('lets pages of other origins in', async () => {
  const { url } = await startConduit(freshStore())
  const preflight = await fetch(`${url}/api/articles`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://demo.example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
  expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
})

it('does not start in production without a secret of its own', async () => {
  const { url, output } = await startConduit(freshStore(), { NODE_ENV: 'production' })
  expect(url).toBeUndefined()
  expect(output()).toContain('JWT_SECRET')
})
