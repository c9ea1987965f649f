import { testApp, type TestApp } from '@freeda/runtime/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { board } from '../src/board/plugin.ts'

let app: TestApp

beforeEach(async () => {
  app = await testApp({ plugins: [board()] })
})
afterEach(() => app.stop())

const as = { id: 'a-client' } // #if auth

const write = (text: string) =>
  app.request('/board', { method: 'POST', json: { author: 'Ada', text }/* #if auth */, as/* #end */ })

it('shows the newest lines first', async () => {
  await write('Hello')
  await write('Is anybody here?')
  const response = await app.request('/board'/* #if auth */, { as }/* #end */)
  expect(await response.json()).toMatchObject({
    items: [{ text: 'Is anybody here?' }, { text: 'Hello', author: 'Ada' }],
  })
})

it('tells readers of a new line', async () => {
  const stream = await app.request('/board/events', {
    headers: { accept: 'text/event-stream' },
    as, // #if auth
  })
  await write('Hello')
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
  let received = ''
  while (!received.includes('"text":"Hello"')) received += (await reader.read()).value ?? ''
  expect(received).toContain('event: line')
  await reader.cancel()
})

it('refuses an empty line', async () => {
  expect((await write(' ')).status).toBe(422)
})
