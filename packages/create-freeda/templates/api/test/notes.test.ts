import { testApp, type TestApp } from '@freeda/runtime/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { notes } from '../src/notes/plugin.ts'

let app: TestApp

beforeEach(async () => {
  app = await testApp({ plugins: [notes()] })
})
afterEach(() => app.stop())

interface Sent {
  readonly method?: string
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

function call(path: string, sent: Sent = {}): Promise<Response> {
  return app.request(path, { ...sent/* #if auth */, as: { id: 'a-client' }/* #end */ })
}

/** Keeps a note, and gives where it is. */
async function keep(text: string): Promise<string> {
  const response = await call('/notes', { method: 'POST', json: { text } })
  expect(response.status).toBe(201)
  return response.headers.get('location') ?? ''
}

it('gives back what was kept', async () => {
  const response = await call(await keep('Buy milk'))
  expect(await response.json()).toMatchObject({ text: 'Buy milk', state: 'open', version: 1 })
})

it('lists notes of one state', async () => {
  const done = await keep('Call Ada')
  await keep('Buy milk')
  await call(done, { method: 'PUT', json: { text: 'Call Ada', state: 'done' } })

  const open = await call('/notes')
  expect(await open.json()).toMatchObject({ items: [{ text: 'Buy milk' }] })
  const finished = await call('/notes?state=done')
  expect(await finished.json()).toMatchObject({ items: [{ text: 'Call Ada' }] })
})

it('loses no change of somebody else', async () => {
  const note = await keep('Buy milk')
  const seen = (await call(note)).headers.get('etag') ?? ''
  await call(note, { method: 'PUT', json: { text: 'Buy oat milk' } })

  const late = await call(note, {
    method: 'PUT',
    json: { text: 'Buy cream' },
    headers: { 'if-match': seen },
  })
  expect(late.status).toBe(412)
  expect(await (await call(note)).json()).toMatchObject({ text: 'Buy oat milk' })
})

it('deletes a note', async () => {
  const note = await keep('Buy milk')
  expect((await call(note, { method: 'DELETE' })).status).toBe(204)
  expect((await call(note)).status).toBe(404)
  expect((await call(note, { method: 'DELETE' })).status).toBe(404)
})

it('refuses an empty note, and says where', async () => {
  const response = await call('/notes', { method: 'POST', json: { text: ' ' } })
  expect(response.status).toBe(422)
  expect(await response.json()).toMatchObject({ errors: [{ path: 'body.text' }] })
})
// #if auth

it('answers nobody without credentials', async () => {
  expect((await app.request('/notes')).status).toBe(401)
})
// #end
