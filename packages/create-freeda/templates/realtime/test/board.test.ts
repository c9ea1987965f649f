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

const listen = (after?: string) =>
  app.request('/board/events', {
    headers: {
      accept: 'text/event-stream',
      ...(after === undefined ? {} : { 'last-event-id': after }),
    },
    as, // #if auth
  })

/** Reads until something of it comes. */
async function readUntil(stream: Response, sign: string): Promise<string> {
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
  let received = ''
  while (!received.includes(sign)) received += (await reader.read()).value ?? ''
  await reader.cancel()
  return received
}

it('tells readers of a new line', async () => {
  const stream = await listen()
  await write('Hello')
  expect(await readUntil(stream, '"text":"Hello"')).toContain('event: line')
})

it('tells a reader who comes back what was written meanwhile', async () => {
  const first = await listen()
  await write('one')
  const [, seen] = /^id: (.*)$/m.exec(await readUntil(first, '"text":"one"'))!
  await write('two')
  expect(await readUntil(await listen(seen), '"text":"two"')).not.toContain('"text":"one"')
})

it('tells of lines in their order, also while others write', async () => {
  const first = await listen()
  await write('line 0')
  const [, seen] = /^id: (.*)$/m.exec(await readUntil(first, '"text":"line 0"'))!
  await write('line 1')
  const second = await listen(seen)
  for (const n of [2, 3]) await write(`line ${n}`)
  const received = await readUntil(second, '"text":"line 3"')
  expect([...received.matchAll(/"text":"(.*?)"/g)].map(([, text]) => text)).toEqual([
    'line 1',
    'line 2',
    'line 3',
  ])
})

it('refuses an empty line', async () => {
  expect((await write(' ')).status).toBe(422)
})
