/** Conditional requests on stored documents: RFC 9110, 13. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { definePlugin } from '../../src/plugin.ts'
import { reply } from '../../src/route.ts'
import { collection } from '../../src/storage.ts'
import { testApp, type TestRequest } from '../../src/testing.ts'

const notes = collection(z.object({ text: z.string(), slug: z.string() }), {
  indexes: { bySlug: { partition: 'slug', unique: true } },
})
const Text = z.object({ text: z.string() })
let extra = 0

const plugin = definePlugin({
  name: 'notes',
  freeda: '^1.0.0',
  collections: { notes },
  setup({ router, collections: { notes } }) {
    const Id = z.object({ id: z.string() })
    router.post('/', { body: Text, response: { 201: z.unknown() } }, ({ body }) =>
      notes.create({ ...body, slug: body.text }),
    )
    router.get('/:id', { params: Id, response: z.unknown() }, ({ params }) => notes.get(params.id))
    router.get('/:id/view', { params: Id, response: z.unknown() }, async ({ params }) => ({
      ...(await notes.get(params.id)),
      extra,
    }))
    router.get('/:id/own', { params: Id, response: z.unknown() }, async ({ params }) =>
      reply(200, await notes.get(params.id), { etag: 'W/"mine"' }),
    )
    router.put('/:id', { params: Id, body: Text, response: z.unknown() }, ({ params, body, ifVersion }) =>
      notes.put(params.id, { ...body, slug: params.id }, { ifVersion }),
    )
    router.delete('/:id', { params: Id, response: { 204: null } }, async ({ params, ifVersion }) => {
      await notes.delete(params.id, { ifVersion })
    })
    router.get('/:folder/of/:id', {}, ({ ifVersion }) => ({ ifVersion: ifVersion ?? null }))
    router.patch(
      '/by-slug/:slug',
      { body: Text, response: z.unknown() },
      async ({ params, body, ifVersionOf }) => {
        const { items } = await notes.query({ index: 'bySlug', partition: params['slug']! })
        const { id } = items[0]!
        return notes.update(id, (current) => ({ ...current, ...body }), { ifVersion: ifVersionOf(id) })
      },
    )
  },
})

async function setUp() {
  const app = await testApp({ plugins: [plugin()] })
  const created = await app.request('/notes', { method: 'POST', json: { text: 'one' } })
  const { id } = (await created.json()) as { id: string }
  const call = async (path: string, request: TestRequest = {}) => {
    const answer = await app.request(`/notes/${path}`, request)
    const text = await answer.text()
    return {
      status: answer.status,
      etag: answer.headers.get('etag'),
      json: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    }
  }
  return { app, id, call, tag: created.headers.get('etag')! }
}

describe('If-None-Match', () => {
  it('gives 304 for what the client has, whichever way it writes the tag', async () => {
    const { app, id, call, tag } = await setUp()
    await using _ = app
    expect(tag).toMatch(new RegExp(`^"${id}\\.1\\.[0-9a-z]+"$`))
    for (const header of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const answer = await app.request(`/notes/${id}`, { headers: { 'if-none-match': header } })
      expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([304, tag, ''])
    }
    expect((await call(id, { method: 'HEAD', headers: { 'if-none-match': tag } })).status).toBe(304)
    expect((await call(id, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  })

  it('gives the new answer when the document has changed, or what the answer adds to it', async () => {
    const { app, id, call, tag } = await setUp()
    await using _ = app
    await call(id, { method: 'PUT', json: { text: 'two' } })
    expect((await call(id, { headers: { 'if-none-match': tag } })).status).toBe(200)
    const view = await call(`${id}/view`)
    expect((await call(`${id}/view`, { headers: { 'if-none-match': view.etag! } })).status).toBe(304)
    extra++
    expect((await call(`${id}/view`, { headers: { 'if-none-match': view.etag! } })).status).toBe(200)
  })

  it('means nothing to a write, and respects a tag that the handler made', async () => {
    const { app, id, call, tag } = await setUp()
    await using _ = app
    expect(
      (await call(id, { method: 'PUT', json: { text: 'one' }, headers: { 'if-none-match': tag } })).status,
    ).toBe(200)
    expect((await call(`${id}/own`)).etag).toBe('W/"mine"')
    expect((await call(`${id}/own`, { headers: { 'if-none-match': '"mine"' } })).status).toBe(304)
  })
})

describe('If-Match', () => {
  it('is about the document that the path ends with, not about one before it', async () => {
    const { app, call } = await setUp()
    await using _ = app
    const ask = (tag: string) => call('f1/of/d1', { headers: { 'if-match': tag } })
    expect((await ask('"d1.7"')).json).toEqual({ ifVersion: 7 })
    expect((await ask('"f1.7"')).status).toBe(412)
  })

  it('lets a write through when the version holds, and answers 412 when it does not', async () => {
    const { app, id, call, tag } = await setUp()
    await using _ = app
    const put = (header: string) =>
      call(id, { method: 'PUT', json: { text: 'x' }, headers: { 'if-match': header } })
    const second = await put(tag)
    expect([second.status, second.json['version']]).toEqual([200, 2])
    const late = await put(tag)
    expect([late.status, late.json['code'], late.json['currentVersion']]).toEqual([
      412,
      'FREEDA_PRECONDITION_FAILED',
      2,
    ])
    expect((await put(`"${id}.2"`)).status).toBe(200)
    expect((await put('*')).status).toBe(200)
    expect((await call(id, { method: 'DELETE', headers: { 'if-match': `"${id}.1"` } })).status).toBe(412)
    expect((await call(id, { method: 'DELETE', headers: { 'if-match': `"${id}.4"` } })).status).toBe(204)
  })

  it('never takes the tag of another document, a weak one, or what is none', async () => {
    const { app, id, call, tag } = await setUp()
    await using _ = app
    for (const header of [
      '"other.1"',
      '"1"',
      '1',
      `W/${tag}`,
      tag.slice(1),
      '',
      `"${id}.1", "${id}.2"`,
      `"${id}.0"`,
      `"${id}.01"`,
      `"${id}.1e3"`,
    ])
      expect([
        header,
        (await call(id, { method: 'PUT', json: { text: 'x' }, headers: { 'if-match': header } })).status,
      ]).toEqual([header, 412])
    expect((await call(id)).json['version']).toBe(1)
    expect(
      (await call(id, { method: 'PUT', json: { text: 'x' }, headers: { 'if-match': `"other.7", ${tag}` } }))
        .status,
    ).toBe(200)
  })

  it('works where the path does not have the id', async () => {
    const { app, id, call, tag } = await setUp()
    await using _ = app
    const patch = (header: string) =>
      call('by-slug/one', { method: 'PATCH', json: { text: 'y' }, headers: { 'if-match': header } })
    expect((await patch('"one.1"')).status).toBe(412)
    expect((await patch(tag)).json).toMatchObject({ id, version: 2, text: 'y' })
  })

  it('leaves other conflicts what they are', async () => {
    const { app, id, call, tag } = await setUp()
    await using _ = app
    await call('second', { method: 'PUT', json: { text: 'x' } })
    // The unique slug of another document.
    expect(
      (
        await app.request('/notes', {
          method: 'POST',
          json: { text: 'second' },
          headers: { 'if-match': tag },
        })
      ).status,
    ).toBe(409)
    expect((await call(id)).status).toBe(200)
  })
})
