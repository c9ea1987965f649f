import { testApp } from '@freeda/runtime/testing'
import { expect, it } from 'vitest'
import { hello } from '../src/hello/plugin.ts'

const as = { id: 'a-client' } // #if auth

it('greets by name', async () => {
  const app = await testApp({ plugins: [hello({ greeting: 'Bonjour' })] })
  const response = await app.request('/hello/Ada'/* #if auth */, { as }/* #end */)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ text: 'Bonjour, Ada!' })
  await app.stop()
})

it('refuses a name that is too long', async () => {
  const app = await testApp({ plugins: [hello()] })
  const response = await app.request(`/hello/${'x'.repeat(81)}`/* #if auth */, { as }/* #end */)
  expect(response.status).toBe(422)
  await app.stop()
})
// #if auth

it('answers nobody without credentials', async () => {
  const app = await testApp({ plugins: [hello()] })
  const response = await app.request('/hello/Ada')
  expect(response.status).toBe(401)
  await app.stop()
})
// #end
