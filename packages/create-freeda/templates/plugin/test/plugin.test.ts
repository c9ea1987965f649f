import { testApp } from '@freeda/runtime/testing'
import { expect, it } from 'vitest'
import plugin, { myThing } from '../src/index.ts'

it('greets by name', async () => {
  const app = await testApp({ plugins: [myThing({ greeting: 'Bonjour' })] })
  const response = await app.request('/my-thing/Ada')
  expect(await response.json()).toEqual({ text: 'Bonjour, Ada!' })
  await app.stop()
})

it('is the default export, so that a config can name the package', () => {
  expect(plugin).toBe(myThing)
})

it('refuses an empty greeting', async () => {
  await expect(testApp({ plugins: [myThing({ greeting: '' })] })).rejects.toThrow('greeting')
})
