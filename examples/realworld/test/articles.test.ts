import { describe, expect, it } from 'vitest'
import { ArticleView } from '../src/articles/views.ts'
import { article, openConduit, refusal, titles, type Answer } from './conduit.ts'

const draft = {
  title: 'How to train your dragon',
  description: 'Ever wonder how?',
  body: '# You\n\nhave to believe',
}
const missing = { status: 404, errors: { article: ['not found'], body: ['article not found'] } }
const noToken = { status: 401, errors: { token: ['is missing'], body: ['token is missing'] } }
const forbidden = { status: 403, errors: { article: ['forbidden'], body: ['article forbidden'] } }
const slugOf = (answer: Answer) => article(answer).slug

describe('a new article', () => {
  it('answers 201 with everything that the specification says', async () => {
    const { join } = await openConduit()
    const ann = await join('ann')
    const answer = await ann.post('/articles', { article: { ...draft, tagList: ['reactjs', 'angularjs'] } })
    expect(answer.status).toBe(201)
    const { createdAt, updatedAt, ...rest } = ArticleView.strict().parse(answer.body).article
    expect(rest).toEqual({
      ...draft,
      slug: 'how-to-train-your-dragon',
      tagList: ['reactjs', 'angularjs'],
      favorited: false,
      favoritesCount: 0,
      author: { username: 'ann', bio: '', image: '', following: false },
    })
    expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(updatedAt).toBe(createdAt)
  })

  it('can be read by everybody', async () => {
    const { join, get } = await openConduit()
    const slug = await (await join('ann')).write('Dragons')
    expect(article(await get(`/articles/${slug}`))).toMatchObject({
      title: 'Dragons',
      body: 'All of Dragons',
    })
  })

  it('gets a slug of its own when its title is not the first', async () => {
    const { join, get } = await openConduit()
    const ann = await join('ann')
    const slugs = await Promise.all(Array.from({ length: 8 }, () => ann.write('Same')))
    expect(new Set(slugs).size).toBe(8)
    expect(slugs).toContain('same')
    for (const slug of slugs) expect((await get(`/articles/${slug}`)).status).toBe(200)
  })

  it.each([
    ['Feed', /^feed-[0-9a-z]{6}$/],
    ['???', /^article$/],
    ['Ça, c’est l’été! ', /^ca-c-est-l-ete$/],
    ['日本の夏', /^日本の夏$/],
    ['x'.repeat(200), /^x{80}$/],
  ])('can be read when it is called %s', async (title, slug) => {
    const { join, get } = await openConduit()
    const made = await (await join('ann')).write(title)
    expect(made).toMatch(slug)
    expect(article(await get(`/articles/${encodeURIComponent(made)}`)).title).toBe(title.trim())
  })

  it('names every field that is missing or blank', async () => {
    const { join } = await openConduit()
    const ann = await join('ann')
    expect(refusal(await ann.post('/articles', { article: { title: ' ', body: '' } }))).toEqual({
      status: 422,
      errors: {
        title: ["can't be blank"],
        description: ["can't be blank"],
        body: ["title can't be blank", "description can't be blank", "can't be blank"],
      },
    })
  })

  it.each([
    ['nothing', {}],
    ['tags that are no list', { article: { ...draft, tagList: 'a' } }],
    ['tags that are no texts', { article: { ...draft, tagList: [1] } }],
    ['a blank tag', { article: { ...draft, tagList: [''] } }],
    ['too many tags', { article: { ...draft, tagList: Array.from({ length: 21 }, (_, i) => `t${i}`) } }],
    ['a title without end', { article: { ...draft, title: 'x'.repeat(201) } }],
    ['half of a character', { article: { ...draft, body: 'x\ud800' } }],
  ])('is refused with 422 for %s', async (_, json) => {
    const { join } = await openConduit()
    expect(refusal(await (await join('ann')).post('/articles', json)).status).toBe(422)
  })

  it('ignores what clients may not set', async () => {
    const { join } = await openConduit()
    const ann = await join('ann')
    const forged = {
      slug: 'mine',
      favoritesCount: 99,
      favorited: true,
      createdAt: '2000-01-01T00:00:00.000Z',
    }
    const made = article(await ann.post('/articles', { article: { ...draft, ...forged } }))
    expect(made).toMatchObject({ slug: 'how-to-train-your-dragon', favoritesCount: 0, favorited: false })
    expect(made.createdAt).not.toMatch(/^2000/)
  })

  it('needs a token, before anything is said of its fields', async () => {
    const { post } = await openConduit()
    expect(refusal(await post('/articles', { article: {} }))).toEqual(noToken)
  })
})

describe('a change of an article', () => {
  it('changes what it names, and when the article was changed', async () => {
    const { join } = await openConduit()
    const ann = await join('ann')
    const before = article(await ann.post('/articles', { article: { ...draft, tagList: ['a'] } }))
    const after = article(await ann.put(`/articles/${before.slug}`, { article: { body: 'New' } }))
    expect(after).toEqual({ ...before, body: 'New', updatedAt: after.updatedAt })
    expect(Date.parse(after.updatedAt)).toBeGreaterThanOrEqual(Date.parse(before.updatedAt))
    expect(article(await ann.get(`/articles/${before.slug}`))).toEqual(after)
  })

  it('moves it to another slug with its title, and frees the old one', async () => {
    const { join } = await openConduit()
    const ann = await join('ann')
    const old = await ann.write('Old')
    expect(slugOf(await ann.put(`/articles/${old}`, { article: { title: 'New' } }))).toBe('new')
    expect(refusal(await ann.get('/articles/old'))).toEqual(missing)
    expect(await ann.write('Old')).toBe('old')
    const second = slugOf(await ann.put('/articles/old', { article: { title: 'New' } }))
    expect(second).toMatch(/^new-[0-9a-z]{6}$/)
    expect(slugOf(await ann.put(`/articles/${second}`, { article: { title: 'New!' } }))).toBe(second)
  })

  it('keeps its tags unless it names others', async () => {
    const { join, get } = await openConduit()
    const ann = await join('ann')
    const slug = await ann.write('Tagged', { tagList: ['a', 'b'] })
    const change = (fields: object) => ann.put(`/articles/${slug}`, { article: fields })
    expect(article(await change({ description: 'x' })).tagList).toEqual(['a', 'b'])
    expect(article(await change({ tagList: ['c', 'b'] })).tagList).toEqual(['c', 'b'])
    expect(titles(await get('/articles?tag=a'))).toEqual([])
    expect(titles(await get('/articles?tag=c'))).toEqual(['Tagged'])
    expect(refusal(await change({ tagList: null })).status).toBe(422)
    expect(article(await change({ tagList: [] })).tagList).toEqual([])
    expect((await get('/tags')).body).toEqual({ tags: [] })
  })

  it('is refused for blank fields, for strangers, without a token and for what is not there', async () => {
    const { join, send } = await openConduit()
    const ann = await join('ann')
    const bob = await join('bob')
    const slug = await ann.write('Mine')
    const change = { article: { title: 'Yours' } }
    expect(refusal(await ann.put(`/articles/${slug}`, { article: { title: '', body: ' ' } }))).toMatchObject({
      status: 422,
      errors: { title: ["can't be blank"] },
    })
    expect(refusal(await bob.put(`/articles/${slug}`, change))).toEqual(forbidden)
    expect(refusal(await send('PUT', `/articles/${slug}`, change))).toEqual(noToken)
    expect(refusal(await ann.put('/articles/nowhere', change))).toEqual(missing)
    expect(article(await bob.get(`/articles/${slug}`)).title).toBe('Mine')
  })

  it('loses none of several that come at once', async () => {
    const { join } = await openConduit()
    const ann = await join('ann')
    const slug = await ann.write('Busy')
    const fields = [{ description: 'd' }, { body: 'b' }, { tagList: ['t'] }]
    await Promise.all(fields.map((field) => ann.put(`/articles/${slug}`, { article: field })))
    expect(article(await ann.get(`/articles/${slug}`))).toMatchObject({
      description: 'd',
      body: 'b',
      tagList: ['t'],
    })
  })
})

describe('an author who changes names', () => {
  it('has the new one under old articles and comments', async () => {
    const { join, get } = await openConduit()
    const ann = await join('ann')
    const slug = await ann.write('Mine')
    await ann.post(`/articles/${slug}/comments`, { comment: { body: 'Mine too' } })
    await ann.put('/user', { user: { username: 'anna', bio: 'Was Ann' } })
    const author = { username: 'anna', bio: 'Was Ann' }
    expect(article(await get(`/articles/${slug}`)).author).toMatchObject(author)
    expect((await get(`/articles/${slug}/comments`)).body).toMatchObject({ comments: [{ author }] })
    expect(titles(await get('/articles?author=anna'))).toEqual(['Mine'])
    expect(titles(await get('/articles?author=ann'))).toEqual([])
  })
})
