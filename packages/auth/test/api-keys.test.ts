import { FreedaError, StorageDriver } from '@freeda/runtime'
import { memoryDriver } from '@freeda/runtime/driver'
import { fake, testApp, type TestApp } from '@freeda/runtime/testing'
import { describe, expect, it } from 'vitest'
import { apiKeyCollection } from '../src/api-key-store.ts'
import { ApiKeys, apiKeys } from '../src/index.ts'
import { notes } from './notes.ts'

const boot = (options: Parameters<typeof apiKeys>[0] = {}) =>
  testApp({ plugins: [notes(), apiKeys(options)] })
const statusOf = async (app: TestApp, key: string, method = 'GET') =>
  (await app.request('/notes', { method, headers: { 'x-api-key': key } })).status

describe('api keys', () => {
  it('let their holder in, with the scopes that they were issued with', async () => {
    await using app = await boot()
    const { id, key } = await app.get(ApiKeys).issue({ name: 'importer', scopes: ['notes:read'] })
    const answer = await app.request('/notes', { headers: { 'x-api-key': key } })
    expect(await answer.json()).toEqual({
      id,
      scheme: 'apiKey',
      scopes: ['notes:read'],
      claims: { name: 'importer' },
    })
    expect(await statusOf(app, key, 'POST')).toBe(403)
    const writer = await app.get(ApiKeys).issue({ name: 'writer', scopes: ['notes:write'] })
    expect(await statusOf(app, writer.key, 'POST')).toBe(200)
  })

  it('are asked for when they are missing, and refused alike when they are wrong in any way', async () => {
    await using app = await boot()
    const missing = await app.request('/notes')
    expect(missing.status).toBe(401)
    expect(missing.headers.get('www-authenticate')).toBe('ApiKey header="x-api-key"')
    const { key, id } = await app.get(ApiKeys).issue({ name: 'mine' })
    const other = await app.get(ApiKeys).issue({ name: 'other' })
    await app.get(ApiKeys).revoke(other.id)
    const answers = await Promise.all(
      [other.key, `${key}x`, id, '', ' ', 'key_', `${key}, ${key}`].map(async (wrong) => {
        const answer = await app.request('/notes', { headers: { 'x-api-key': wrong } })
        const { requestId: _, ...body } = (await answer.json()) as Record<string, unknown>
        return body
      }),
    )
    for (const body of answers)
      expect(body).toMatchObject({
        status: 401,
        code: 'FREEDA_UNAUTHENTICATED',
        detail: 'The API key is not valid.',
      })
    expect(new Set(answers.map((body) => JSON.stringify(body))).size).toBe(1)
    const optional = await app.request('/notes/either', { headers: { 'x-api-key': 'wrong' } })
    expect(optional.status).toBe(401)
  })

  it('stop holding at the moment when they are revoked', async () => {
    await using app = await boot()
    const keys = app.get(ApiKeys)
    const { id, key } = await keys.issue({ name: 'leaked' })
    expect(await statusOf(app, key)).toBe(200)
    expect(await keys.revoke(id)).toBe(true)
    expect(await statusOf(app, key)).toBe(401)
    expect(await keys.revoke(id)).toBe(false)
    expect((await keys.list()).items).toEqual([])
  })

  it('expire', async () => {
    await using app = await boot()
    const { key, expiresAt } = await app.get(ApiKeys).issue({ name: 'short', expiresInSeconds: 0.3 })
    expect(await statusOf(app, key)).toBe(200)
    while (Date.now() <= expiresAt!.getTime()) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await statusOf(app, key)).toBe(401)
    await expect(app.get(ApiKeys).issue({ name: 'never', expiresInSeconds: -1 })).rejects.toThrow(
      /expiresInSeconds/,
    )
  })

  it('are rotated: the id stays, and the old one holds for as long as one says', async () => {
    await using app = await boot()
    const keys = app.get(ApiKeys)
    const first = await keys.issue({ name: 'deployer', scopes: ['notes:write'] })
    const second = await keys.rotate(first.id, { overlapSeconds: 60 })
    expect(second).toMatchObject({ id: first.id, name: 'deployer', scopes: ['notes:write'] })
    expect(await statusOf(app, first.key)).toBe(200)
    expect(await statusOf(app, second.key, 'POST')).toBe(200)
    // Once more, as one does who has no answer: what is deployed still holds.
    const again = await keys.rotate(first.id, { overlapSeconds: 60 })
    expect(await Promise.all([first, second, again].map(({ key }) => statusOf(app, key)))).toEqual([
      200, 200, 200,
    ])
    const third = await keys.rotate(first.id)
    expect(await Promise.all([first, second, third].map(({ key }) => statusOf(app, key)))).toEqual([
      401, 401, 200,
    ])
    await expect(keys.rotate('nobody')).rejects.toMatchObject({ code: 'FREEDA_NOT_FOUND' })
  })

  it('that versions before have rotated hold as they did', async () => {
    await using app = await boot()
    const keys = app.get(ApiKeys)
    const first = await keys.issue({ name: 'deployer' })
    const second = await keys.rotate(first.id, { overlapSeconds: 60 })
    await app.collection(apiKeyCollection).update(first.id, ({ previous, ...key }) => {
      const [former] = previous as { hash: string; until: Date }[]
      return { ...key, previous: former }
    })
    expect(await Promise.all([first, second].map(({ key }) => statusOf(app, key)))).toEqual([200, 200])
    expect(await statusOf(app, `${first.key.slice(0, -1)}!`)).toBe(401)
    const third = await keys.rotate(first.id, { overlapSeconds: 60 })
    expect(await Promise.all([first, second, third].map(({ key }) => statusOf(app, key)))).toEqual([
      200, 200, 200,
    ])
  })

  it('are listed a page at a time, without anything that helps to use them', async () => {
    await using app = await boot()
    const keys = app.get(ApiKeys)
    for (const name of ['a', 'b', 'c']) await keys.issue({ name })
    const page = await keys.list({ limit: 2 })
    const rest = await keys.list({ limit: 2, cursor: page.cursor! })
    const all = [...page.items, ...rest.items]
    expect(all.map(({ name }) => name).toSorted()).toEqual(['a', 'b', 'c'])
    for (const info of all)
      expect(Object.keys(info).toSorted()).toEqual(['createdAt', 'id', 'name', 'scopes'])
  })

  it('are nowhere in the store and in no log line', async () => {
    await using app = await boot()
    const { id, key } = await app.get(ApiKeys).issue({ name: 'secret' })
    await statusOf(app, key)
    await statusOf(app, `${key.slice(0, -1)}!`)
    const secret = key.split('_')[2]!
    expect(JSON.stringify(await app.collection(apiKeyCollection).get(id))).not.toContain(secret.slice(0, 20))
    expect(JSON.stringify(app.logs)).not.toContain(secret.slice(0, 20))
  })

  it('remember when they were used, with one write an hour', async () => {
    await using app = await boot()
    const keys = app.get(ApiKeys)
    const { id, key } = await keys.issue({ name: 'used' })
    expect((await keys.list()).items[0]?.lastUsedAt).toBeUndefined()
    await Promise.all(Array.from({ length: 20 }, () => statusOf(app, key)))
    while ((await keys.list()).items[0]?.lastUsedAt === undefined)
      await new Promise((resolve) => setImmediate(resolve))
    await statusOf(app, key)
    expect((await app.collection(apiKeyCollection).get(id))?.version).toBe(2)
  })

  it('never come back when they are revoked while their use is noted', async () => {
    await using app = await boot()
    const keys = app.get(ApiKeys)
    for (let i = 0; i < 50; i++) {
      const { id, key } = await keys.issue({ name: 'racing' })
      await Promise.all([statusOf(app, key), keys.revoke(id), statusOf(app, key)])
      expect(await statusOf(app, key)).toBe(401)
    }
    expect((await keys.list()).items).toEqual([])
  })

  it('are a 503, not a 401, while the store is away', async () => {
    const driver = memoryDriver()
    let away = false
    const flaky = {
      ...driver,
      read: (...args: Parameters<typeof driver.read>) => {
        if (away) throw new FreedaError('FREEDA_UNAVAILABLE', { driver: 'test', reason: 'away' })
        return driver.read(...args)
      },
    }
    await using app = await testApp({ plugins: [notes(), apiKeys()], override: [fake(StorageDriver, flaky)] })
    const { key } = await app.get(ApiKeys).issue({ name: 'k' })
    away = true
    expect(await statusOf(app, key)).toBe(503)
    expect(await statusOf(app, 'mistyped')).toBe(401)
  })

  it('take another header, prefix and scheme name, but not a header of other schemes', async () => {
    await using app = await boot({ header: 'X-Token', prefix: 'acme', scheme: 'partner' })
    const { key } = await app.get(ApiKeys).issue({ name: 'k' })
    expect(key).toMatch(/^acme_/)
    const answer = await app.request('/notes', { headers: { 'x-token': key } })
    expect(await answer.json()).toMatchObject({ scheme: 'partner' })
    await expect(boot({ header: 'Authorization', prefix: 'a_b' })).rejects.toThrow(/has 2 problems/)
  })
})
