import { describe, expect, it } from 'vitest'
import { articleCollections, countOfAll } from '../src/articles/collections.ts'
import { article, openConduit, refusal, titles, total } from './conduit.ts'

const numbered = (from: number, to: number) =>
  Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => `A${from > to ? from - i : from + i}`)

/** Two authors with 25 articles: Ann's even ones, Bob's odd ones; every fifth is about cats, every third about dogs. */
async function library() {
  const conduit = await openConduit()
  const ann = await conduit.join('ann')
  const bob = await conduit.join('bob')
  for (let i = 1; i <= 25; i++) {
    const tagList = [...(i % 5 === 0 ? ['cats'] : []), ...(i % 3 === 0 ? ['dogs'] : [])]
    await (i % 2 === 0 ? ann : bob).write(`A${i}`, { tagList })
  }
  return { ...conduit, ann, bob }
}

describe('the list of articles', () => {
  it('is empty at first', async () => {
    const { get } = await openConduit()
    expect((await get('/articles')).body).toEqual({ articles: [], articlesCount: 0 })
    expect((await get('/articles?offset=1000000')).body).toEqual({ articles: [], articlesCount: 0 })
  })

  it('shows the newest 20 first, without their texts, and counts all', async () => {
    const { get } = await library()
    const answer = await get('/articles')
    expect(titles(answer)).toEqual(numbered(25, 6))
    expect(total(answer)).toBe(25)
    const [first] = (answer.body as { articles: object[] }).articles
    expect(Object.keys(first!).toSorted()).toEqual([
      'author',
      'createdAt',
      'description',
      'favorited',
      'favoritesCount',
      'slug',
      'tagList',
      'title',
      'updatedAt',
    ])
  })

  it('goes page by page, each article on one page', async () => {
    const { get } = await library()
    const pages: string[] = []
    for (let offset = 0; offset < 30; offset += 7) {
      const answer = await get(`/articles?limit=7&offset=${offset}`)
      expect(total(answer)).toBe(25)
      pages.push(...titles(answer))
    }
    expect(pages).toEqual(numbered(25, 1))
    expect(titles(await get('/articles?limit=1000'))).toHaveLength(25)
  })

  it.each([
    'limit=0',
    'limit=-1',
    'limit=x',
    'limit=1.5',
    'limit=1001',
    'limit=',
    'offset=-1',
    'offset=x',
    'tag=a&tag=b',
  ])('refuses ?%s with 422', async (query) => {
    const { get } = await openConduit()
    const { status, errors } = refusal(await get(`/articles?${query}`))
    expect(status).toBe(422)
    expect(errors).toHaveProperty(query.split('=')[0]!)
  })

  it('does not skip without end', async () => {
    const { app, get } = await openConduit()
    await app.collection(articleCollections.counts).create({ count: 20_000 }, { id: countOfAll })
    expect(refusal(await get('/articles?offset=10001'))).toMatchObject({
      status: 422,
      errors: { offset: [expect.any(String)] },
    })
    expect((await get('/articles?offset=10000')).status).toBe(200)
    expect((await get('/articles?offset=20000')).status).toBe(200)
  })

  it('filters by author, tag and favorites, each with its count', async () => {
    const { get, ann } = await library()
    for (const slug of ['a3', 'a10', 'a7']) await ann.post(`/articles/${slug}/favorite`)

    const byAnn = await get('/articles?author=ann&limit=3&offset=1')
    expect(titles(byAnn)).toEqual(['A22', 'A20', 'A18'])
    expect(total(byAnn)).toBe(12)
    const cats = await get('/articles?tag=cats&limit=2&offset=2')
    expect(titles(cats)).toEqual(['A15', 'A10'])
    expect(total(cats)).toBe(5)
    // By the age of the articles, not by when they were liked.
    const liked = await get('/articles?favorited=ann')
    expect(titles(liked)).toEqual(['A10', 'A7', 'A3'])
    expect(total(liked)).toBe(3)
    expect(titles(await get('/articles?author=&tag='))).toHaveLength(20)
  })

  it('filters by several at once', async () => {
    const { get, ann } = await library()
    for (const slug of ['a15', 'a10', 'a7']) await ann.post(`/articles/${slug}/favorite`)
    const both = await get('/articles?tag=cats&author=bob')
    expect(titles(both)).toEqual(['A25', 'A15', 'A5'])
    expect(total(both)).toBe(3)
    const page = await get('/articles?tag=cats&author=bob&limit=1&offset=1')
    expect(titles(page)).toEqual(['A15'])
    expect(total(page)).toBe(3)
    expect(titles(await get('/articles?tag=cats&author=bob&favorited=ann'))).toEqual(['A15'])
    expect(titles(await get('/articles?favorited=ann&author=ann'))).toEqual(['A10'])
  })

  it.each(['author=nobody', 'tag=none', 'favorited=nobody', 'favorited=ann', 'author=nobody&tag=cats'])(
    'is empty for ?%s',
    async (query) => {
      const { get } = await library()
      expect((await get(`/articles?${query}`)).body).toEqual({ articles: [], articlesCount: 0 })
    },
  )

  it('shows what the viewer likes and whom they follow', async () => {
    const { get, bob } = await library()
    await bob.post('/articles/a24/favorite')
    await bob.post('/profiles/ann/follow')
    expect((await bob.get('/articles?limit=2')).body).toMatchObject({
      articles: [
        { title: 'A25', favorited: false, author: { username: 'bob', following: false } },
        { title: 'A24', favorited: true, favoritesCount: 1, author: { username: 'ann', following: true } },
      ],
    })
    expect((await get('/articles?limit=2')).body).toMatchObject({
      articles: [{}, { favorited: false, favoritesCount: 1, author: { following: false } }],
    })
  })
})

describe('the feed', () => {
  it('has the articles of whom one follows, the newest first, without those of others', async () => {
    const { join, ann, bob } = await library()
    const cat = await join('cat')
    await cat.write('Of mine')
    expect((await cat.get('/articles/feed')).body).toEqual({ articles: [], articlesCount: 0 })
    await cat.post('/profiles/ann/follow')
    const anns = await cat.get('/articles/feed?limit=3&offset=2')
    expect(titles(anns)).toEqual(['A20', 'A18', 'A16'])
    expect(total(anns)).toBe(12)
    await cat.post('/profiles/bob/follow')
    const all = await cat.get('/articles/feed?limit=100')
    expect(titles(all)).toEqual(numbered(25, 1))
    expect(total(all)).toBe(25)
    await ann.write('Newest')
    expect(titles(await cat.get('/articles/feed?limit=2'))).toEqual(['Newest', 'A25'])
    await cat.delete('/profiles/ann/follow')
    expect(total(await cat.get('/articles/feed'))).toBe(13)
    expect(total(await bob.get('/articles/feed'))).toBe(0)
  })

  it('needs a token', async () => {
    const { get } = await openConduit()
    expect(refusal(await get('/articles/feed'))).toMatchObject({
      status: 401,
      errors: { token: ['is missing'] },
    })
  })

  it('refuses pages that there cannot be', async () => {
    const { join } = await openConduit()
    expect(refusal(await (await join('ann')).get('/articles/feed?limit=0')).status).toBe(422)
  })
})

describe('the list of tags', () => {
  it('has each tag once, the most used first, and none that no article has', async () => {
    const { get, ann } = await library()
    expect((await get('/tags')).body).toEqual({ tags: ['dogs', 'cats'] })
    await ann.write('Birds', { tagList: ['birds', 'birds'] })
    expect((await get('/tags')).body).toEqual({ tags: ['dogs', 'cats', 'birds'] })
    await ann.delete('/articles/birds')
    expect((await get('/tags')).body).toEqual({ tags: ['dogs', 'cats'] })
  })
})

describe('favorites', () => {
  it('count once for each who likes an article', async () => {
    const { ann, bob, get } = await library()
    for (let times = 0; times < 2; times++)
      expect(article(await ann.post('/articles/a1/favorite'))).toMatchObject({
        favorited: true,
        favoritesCount: 1,
      })
    expect(article(await bob.post('/articles/a1/favorite')).favoritesCount).toBe(2)
    expect(article(await get('/articles/a1'))).toMatchObject({ favorited: false, favoritesCount: 2 })
    for (let times = 0; times < 2; times++)
      expect(article(await ann.delete('/articles/a1/favorite'))).toMatchObject({
        favorited: false,
        favoritesCount: 1,
      })
    expect(article(await bob.get('/articles/a1'))).toMatchObject({ favorited: true, favoritesCount: 1 })
  })

  it('leave the article as old as it was', async () => {
    const { ann } = await library()
    const before = article(await ann.get('/articles/a1'))
    expect(article(await ann.post('/articles/a1/favorite')).updatedAt).toBe(before.updatedAt)
  })

  it('are refused without a token and for what is not there', async () => {
    const { ann, send } = await library()
    for (const method of ['POST', 'DELETE'])
      expect(refusal(await send(method, '/articles/a1/favorite'))).toMatchObject({
        status: 401,
        errors: { token: ['is missing'] },
      })
    const missing = { status: 404, errors: { article: ['not found'] } }
    expect(refusal(await ann.post('/articles/nowhere/favorite'))).toMatchObject(missing)
    expect(refusal(await ann.delete('/articles/nowhere/favorite'))).toMatchObject(missing)
  })

  it('stay exact when everybody likes an article at once', async () => {
    const { join, ann, get } = await library()
    const fans = await Promise.all(Array.from({ length: 12 }, (_, i) => join(`fan${i}`)))
    const answers = await Promise.all(
      fans.flatMap((fan) => [fan.post('/articles/a1/favorite'), fan.post('/articles/a1/favorite')]),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(24).fill(200))
    expect(article(await ann.get('/articles/a1')).favoritesCount).toBe(12)
    await Promise.all(fans.slice(0, 5).map((fan) => fan.delete('/articles/a1/favorite')))
    expect(article(await ann.get('/articles/a1')).favoritesCount).toBe(7)
    expect(total(await get('/articles?favorited=fan0'))).toBe(0)
    expect(total(await get('/articles?favorited=fan11'))).toBe(1)
  })
})

describe('counts', () => {
  it('stay exact when many write and remove at once', async () => {
    const { join, get } = await openConduit()
    const people = await Promise.all(Array.from({ length: 4 }, (_, i) => join(`p${i}`)))
    const slugs = await Promise.all(
      people.flatMap((person, i) =>
        Array.from({ length: 5 }, (_, j) => person.write(`T${i}${j}`, { tagList: ['shared', `own${i}`] })),
      ),
    )
    await Promise.all(
      slugs
        .filter((_, i) => i % 5 < 2)
        .map((slug, i) => people[Math.floor(i / 2)]!.delete(`/articles/${slug}`)),
    )
    expect(total(await get('/articles'))).toBe(12)
    expect(total(await get('/articles?tag=shared'))).toBe(12)
    expect(total(await get('/articles?tag=own2'))).toBe(3)
    expect(total(await get('/articles?author=p3'))).toBe(3)
    expect(titles(await get('/articles?limit=100'))).toHaveLength(12)
  })
})
