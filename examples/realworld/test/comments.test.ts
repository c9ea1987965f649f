import { expect, it } from 'vitest'
import { z } from 'zod'
import { openConduit, refusal, type Answer } from './conduit.ts'

const CommentsView = z.object({ comments: z.array(z.object({ id: z.number().int(), body: z.string() })) })
const bodies = ({ body }: Answer) => CommentsView.parse(body).comments.map((comment) => comment.body)
const idOf = ({ body }: Answer) =>
  z.object({ comment: z.object({ id: z.number().int() }) }).parse(body).comment.id

async function discussion() {
  const conduit = await openConduit()
  const ann = await conduit.join('ann')
  const bob = await conduit.join('bob')
  const slug = await ann.write('Dragons')
  const path = `/articles/${slug}/comments`
  const say = (who: typeof ann, body: string) => who.post(path, { comment: { body } })
  return { ...conduit, ann, bob, slug, path, say }
}

it('adds a comment, and answers 200 with it, as the specification says', async () => {
  const { bob, say } = await discussion()
  const answer = await say(bob, 'I believe.')
  expect(answer.status).toBe(200)
  const { comment } = answer.body as { comment: Record<string, unknown> }
  expect(comment).toEqual({
    id: expect.any(Number),
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    updatedAt: comment['createdAt'],
    body: 'I believe.',
    author: { username: 'bob', bio: '', image: '', following: false },
  })
  expect(Number.isSafeInteger(comment['id'])).toBe(true)
})

it('lists the newest first, to everybody, and to viewers whom they follow', async () => {
  const { ann, bob, get, path, say } = await discussion()
  expect((await get(path)).body).toEqual({ comments: [] })
  await say(ann, 'one')
  await say(bob, 'two')
  await ann.post('/profiles/bob/follow')
  expect(bodies(await get(path))).toEqual(['two', 'one'])
  expect((await ann.get(path)).body).toMatchObject({
    comments: [{ author: { username: 'bob', following: true } }, { author: { following: false } }],
  })
})

it('keeps every one of many that come at once', async () => {
  const { ann, bob, get, path, say } = await discussion()
  const words = Array.from({ length: 30 }, (_, i) => `word ${i}`)
  const answers = await Promise.all(words.map((word, i) => say(i % 2 === 0 ? ann : bob, word)))
  expect(new Set(answers.map(idOf)).size).toBe(30)
  expect(bodies(await get(path)).toSorted()).toEqual(words.toSorted())
})

it('removes a comment for its author, and for nobody else', async () => {
  const { ann, bob, send, get, path, say } = await discussion()
  const id = idOf(await say(bob, 'Mine'))
  await say(bob, 'Stays')
  expect(refusal(await ann.delete(`${path}/${id}`))).toEqual({
    status: 403,
    errors: { comment: ['forbidden'], body: ['comment forbidden'] },
  })
  expect(refusal(await send('DELETE', `${path}/${id}`)).status).toBe(401)
  const answer = await bob.delete(`${path}/${id}`)
  expect(answer).toMatchObject({ status: 204, body: undefined })
  expect(bodies(await get(path))).toEqual(['Stays'])
  expect(refusal(await bob.delete(`${path}/${id}`))).toEqual({
    status: 404,
    errors: { comment: ['not found'], body: ['comment not found'] },
  })
})

it.each([
  ['nothing', {}],
  ['a blank one', { comment: { body: ' ' } }],
  ['none', { comment: {} }],
  ['a number', { comment: { body: 1 } }],
])('refuses %s with 422', async (_, json) => {
  const { ann, path } = await discussion()
  const { status, errors } = refusal(await ann.post(path, json))
  expect(status).toBe(422)
  expect(errors['body']).toBeDefined()
})

it('says of a blank comment what the clients know', async () => {
  const { ann, say } = await discussion()
  expect(refusal(await say(ann, ''))).toEqual({ status: 422, errors: { body: ["can't be blank"] } })
})

it('refuses an id that is no number with 422', async () => {
  const { ann, path } = await discussion()
  expect(refusal(await ann.delete(`${path}/x`))).toMatchObject({
    status: 422,
    errors: { id: [expect.any(String)] },
  })
})

it('wants a token, and an article', async () => {
  const { ann, post, get, path } = await discussion()
  const comment = { comment: { body: 'x' } }
  expect(refusal(await post(path, comment))).toMatchObject({ status: 401, errors: { token: ['is missing'] } })
  const missing = { status: 404, errors: { article: ['not found'] } }
  expect(refusal(await ann.post('/articles/nowhere/comments', comment))).toMatchObject(missing)
  expect(refusal(await get('/articles/nowhere/comments'))).toMatchObject(missing)
  expect(refusal(await ann.delete('/articles/nowhere/comments/1'))).toMatchObject(missing)
})
