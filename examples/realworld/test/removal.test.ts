import { memoryDriver } from '@freeda/runtime/driver'
import { expect, it } from 'vitest'
import { articleCollections } from '../src/articles/collections.ts'
import { commentCollections } from '../src/comments/collections.ts'
import { Articles } from '../src/articles/contract.ts'
import { take } from '../src/articles/take.ts'
import { openConduit, refusal, titles, total, type Conduit } from './conduit.ts'

/** An article with everything that can belong to one. */
async function liked(conduit: Conduit) {
  const ann = await conduit.join('ann')
  const bob = await conduit.join('bob')
  const slug = await ann.write('Doomed', { tagList: ['a', 'b'] })
  await ann.write('Stays', { tagList: ['b'] })
  for (const who of [ann, bob]) {
    await who.post(`/articles/${slug}/favorite`)
    await who.post(`/articles/${slug}/comments`, { comment: { body: 'x' } })
  }
  return { ann, bob, slug }
}

async function documents({ app }: Conduit) {
  const { articles, texts, taggings, favorites, removals } = articleCollections
  const sizes = [articles, texts, taggings, favorites, removals, commentCollections.comments].map(
    async (definition) => [
      definition.name,
      (await take(app.collection(definition).iterate(), 0, 1_000)).length,
    ],
  )
  return Object.fromEntries(await Promise.all(sizes)) as Record<string, number>
}

it('takes everything with an article that belongs to it', async () => {
  const conduit = await openConduit()
  const { ann, bob, slug } = await liked(conduit)
  const answer = await ann.delete(`/articles/${slug}`)
  expect(answer).toMatchObject({ status: 204, body: undefined })
  expect(await documents(conduit)).toEqual({
    articles: 1,
    texts: 1,
    taggings: 1,
    favorites: 0,
    comments: 0,
    removals: 0,
  })
  expect(refusal(await ann.get(`/articles/${slug}`)).status).toBe(404)
  expect(refusal(await ann.get(`/articles/${slug}/comments`)).status).toBe(404)
  expect(titles(await bob.get('/articles'))).toEqual(['Stays'])
  for (const query of ['', 'author=ann', 'tag=b']) expect(total(await bob.get(`/articles?${query}`))).toBe(1)
  for (const query of ['tag=a', 'favorited=bob']) expect(total(await bob.get(`/articles?${query}`))).toBe(0)
  expect((await bob.get('/tags')).body).toEqual({ tags: ['b'] })
  expect(await ann.write('Doomed')).toBe('doomed')
})

it('is for the author only, and only once', async () => {
  const conduit = await openConduit()
  const { ann, bob, slug } = await liked(conduit)
  expect(refusal(await bob.delete(`/articles/${slug}`))).toMatchObject({
    status: 403,
    errors: { article: ['forbidden'] },
  })
  expect(refusal(await conduit.send('DELETE', `/articles/${slug}`)).status).toBe(401)
  const answers = await Promise.all([1, 2, 3].map(() => ann.delete(`/articles/${slug}`)))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 404, 404])
  expect(total(await ann.get('/articles'))).toBe(1)
})

it('answers 404 to who read the article just before it went', async () => {
  const memory = memoryDriver()
  let meanwhile: (() => Promise<unknown>) | undefined
  const conduit = await openConduit({
    ...memory,
    async query(query, call) {
      const page = await memory.query(query, call)
      const first = query.collection.name === 'articles' ? meanwhile : undefined
      if (first !== undefined) meanwhile = undefined
      await first?.()
      return page
    },
  })
  const { ann, slug } = await liked(conduit)
  let status: number | undefined
  meanwhile = async () => ({ status } = await ann.delete(`/articles/${slug}`))
  expect((await ann.delete(`/articles/${slug}`)).status).toBe(404)
  expect(status).toBe(204)
})

it('takes any number of favorites and comments', async () => {
  const conduit = await openConduit()
  const { ann, slug } = await liked(conduit)
  const { articles, favorites, comments } = { ...articleCollections, ...commentCollections }
  const found = await conduit.app.collection(articles).query({ index: 'bySlug', partition: slug })
  const articleId = found.items[0]!.id
  for (let i = 0; i < 130; i++) {
    await conduit.app
      .collection(favorites)
      .create({ userId: `u${i}`, articleId }, { id: `u${i}:${articleId}` })
    await conduit.app.collection(articleCollections.counts).create({ count: 1 }, { id: `favorites:u${i}` })
    const createdAt = new Date().toISOString()
    await conduit.app
      .collection(comments)
      .create({ articleId, number: i, authorId: 'x', body: 'x', createdAt })
  }
  await ann.delete(`/articles/${slug}`)
  expect(await documents(conduit)).toMatchObject({ favorites: 0, comments: 0, removals: 0 })
})

it('answers 204 when the rest has to wait, and does it at the next start', async () => {
  const driver = memoryDriver()
  const before = await openConduit(driver)
  const { ann, slug } = await liked(before)
  before.app.get(Articles).onRemoved(() => Promise.reject(new Error('no space')))
  expect((await ann.delete(`/articles/${slug}`)).status).toBe(204)
  expect(refusal(await ann.get(`/articles/${slug}/comments`)).status).toBe(404)
  expect(await documents(before)).toMatchObject({ articles: 1, removals: 1 })
  await before.app.stop()

  const after = await openConduit(driver)
  expect(await documents(after)).toMatchObject({ articles: 1, favorites: 0, comments: 0, removals: 0 })
})

it('leaves no comment behind that comes while an article goes', async () => {
  const conduit = await openConduit()
  const { ann, bob, slug } = await liked(conduit)
  const answers = await Promise.all([
    ann.delete(`/articles/${slug}`),
    ...Array.from({ length: 10 }, () => bob.post(`/articles/${slug}/comments`, { comment: { body: 'x' } })),
    ...[ann, bob].map((who) => who.delete(`/articles/${slug}/favorite`)),
  ])
  for (const { status } of answers) expect([200, 204, 404]).toContain(status)
  expect(await documents(conduit)).toMatchObject({ articles: 1, favorites: 0, comments: 0, removals: 0 })
  expect(total(await ann.get('/articles?favorited=bob'))).toBe(0)
})
