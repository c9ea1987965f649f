import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { UserView } from '../src/users/views.ts'
import { userCollections } from '../src/users/collections.ts'
import { jwtSecret, openConduit, refusal, type Answer } from './conduit.ts'

const ann = { username: 'ann', email: 'ann@example.com', password: 'a long enough one' }
const user = ({ body }: Answer) => UserView.strict().parse(body).user

describe('registration', () => {
  it('answers 201 with the account and a token', async () => {
    const { post, send } = await openConduit()
    const answer = await post('/users', { user: ann })
    expect(answer.status).toBe(201)
    const { token, ...rest } = user(answer)
    expect(rest).toEqual({ username: 'ann', email: 'ann@example.com', bio: '', image: '' })
    expect((await send('GET', '/user', undefined, token)).status).toBe(200)
  })

  it('names every field that is missing or blank', async () => {
    const { post } = await openConduit()
    expect(refusal(await post('/users', { user: { username: '', email: null } }))).toEqual({
      status: 422,
      errors: {
        username: ["can't be blank"],
        email: ["can't be blank"],
        password: ["can't be blank"],
        body: ["username can't be blank", "email can't be blank", "password can't be blank"],
      },
    })
  })

  it.each([
    ['nothing', undefined],
    ['an empty object', {}],
    ['a list', []],
    ['a text', 'user'],
    ['a user that is a text', { user: 'ann' }],
    ['a number for a name', { user: { ...ann, username: 7 } }],
    ['an address that is none', { user: { ...ann, email: 'nowhere' } }],
    ['a name without end', { user: { ...ann, username: 'a'.repeat(65) } }],
  ])('refuses %s with 422', async (_, json) => {
    const { post } = await openConduit()
    expect(refusal(await post('/users', json)).status).toBe(422)
  })

  it('refuses JSON that is none with 422, as the specification knows no 400', async () => {
    const { app } = await openConduit()
    const headers = { 'content-type': 'application/json' }
    const response = await app.request('/api/users', { method: 'POST', headers, body: '{"user":' })
    expect(response.status).toBe(422)
    expect(await response.json()).toHaveProperty('errors.body')
  })

  it('lets a name and an address belong to one account, however they are cased', async () => {
    const { post } = await openConduit()
    await post('/users', { user: ann })
    const again = { ...ann, username: 'ANN', email: 'Ann@Example.com' }
    expect(refusal(await post('/users', { user: again }))).toMatchObject({
      status: 422,
      errors: { username: ['has already been taken'], email: ['has already been taken'] },
    })
  })

  it('gives a name that many want at once to one of them', async () => {
    const { post } = await openConduit()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        post('/users', { user: { ...ann, email: `ann${i}@example.com` } }),
      ),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(9).fill(422)])
  })

  it('ignores what clients may not set, and keeps no password', async () => {
    const { app, post } = await openConduit()
    const { token } = user(
      await post('/users', { user: { ...ann, id: 'mine', token: 'forged', admin: true } }),
    )
    expect(token).not.toBe('forged')
    for await (const stored of app.collection(userCollections.users).iterate()) {
      expect(stored.id).not.toBe('mine')
      expect(JSON.stringify(stored)).not.toContain(ann.password)
      expect(stored.passwordHash).toMatch(/^scrypt\$2\$1\$1\$/)
    }
  })
})

describe('login', () => {
  it('gives a token to who knows the password', async () => {
    const { join, post } = await openConduit()
    const { email, password } = await join('ann')
    const answer = await post('/users/login', { user: { email: email.toUpperCase(), password } })
    expect(answer.status).toBe(200)
    expect(user(answer).username).toBe('ann')
  })

  it('says the same to a wrong password and to an unknown address', async () => {
    const { join, post } = await openConduit()
    const { email, password } = await join('ann')
    const wrong = await post('/users/login', { user: { email, password: 'wrong' } })
    const unknown = await post('/users/login', { user: { email: 'bob@example.com', password } })
    expect(refusal(wrong)).toEqual({
      status: 401,
      errors: {
        'email or password': ['is invalid'],
        credentials: ['invalid'],
        body: ['email or password is invalid', 'credentials invalid'],
      },
    })
    expect(unknown.body).toEqual(wrong.body)
    expect(unknown.status).toBe(401)
  })

  it('wants both', async () => {
    const { post } = await openConduit()
    expect(refusal(await post('/users/login', { user: { email: '' } }))).toMatchObject({
      status: 422,
      errors: { email: ["can't be blank"], password: ["can't be blank"] },
    })
  })
})

describe('the current user', () => {
  it('is who the token says', async () => {
    const { join } = await openConduit()
    const ann = await join('ann')
    expect(user(await ann.get('/user'))).toMatchObject({ username: 'ann', email: ann.email })
  })

  it('is nobody without a token, and the answer says how to send one', async () => {
    const { get } = await openConduit()
    const answer = await get('/user')
    expect(refusal(answer)).toEqual({
      status: 401,
      errors: { token: ['is missing'], body: ['token is missing'] },
    })
    expect(answer.headers.get('www-authenticate')).toBe('Token')
  })

  it.each([
    ['garbage', async () => 'garbage'],
    ['a token with another signature', () => signed({ secret: 'x'.repeat(32) })],
    ['a token that is over', () => signed({ expires: '-1 minute' })],
    ['a token of somebody else', () => signed({ issuer: 'somebody' })],
    ['a token without an end', () => signed({ expires: undefined })],
    ['a token of an account that is gone', () => signed({})],
    ['a token without a signature', async () => `${encoded({ alg: 'none' })}.${encoded({ sub: 'a' })}.`],
  ])('is nobody with %s', async (_, token) => {
    const { send } = await openConduit()
    expect(refusal(await send('GET', '/user', undefined, await token()))).toMatchObject({
      status: 401,
      errors: { token: ['is invalid'] },
    })
    // Also where one needs none: wrong credentials are a mistake that somebody wants to know of.
    expect((await send('GET', '/articles', undefined, await token())).status).toBe(401)
  })
})

describe('a change of the account', () => {
  it('changes what it names and nothing else', async () => {
    const { join, post } = await openConduit()
    const ann = await join('ann')
    const changed = await ann.put('/user', { user: { bio: 'I write.', image: 'https://example.com/a.png' } })
    expect(changed.status).toBe(200)
    expect(user(changed)).toMatchObject({
      username: 'ann',
      email: ann.email,
      bio: 'I write.',
      image: 'https://example.com/a.png',
    })
    expect(user(await ann.put('/user', { user: { bio: null } }))).toMatchObject({
      bio: '',
      image: 'https://example.com/a.png',
    })
    expect((await post('/users/login', { user: ann })).status).toBe(200)
  })

  it('changes the password', async () => {
    const { join, post } = await openConduit()
    const ann = await join('ann')
    await ann.put('/user', { user: { password: 'another one' } })
    expect((await post('/users/login', { user: ann })).status).toBe(401)
    const again = await post('/users/login', { user: { email: ann.email, password: 'another one' } })
    expect(again.status).toBe(200)
  })

  it('frees the old name and address', async () => {
    const { join, post } = await openConduit()
    const ann = await join('ann')
    expect((await ann.put('/user', { user: { username: 'anna', email: 'anna@example.com' } })).status).toBe(
      200,
    )
    expect((await post('/users', { user: ann })).status).toBe(201)
  })

  it('refuses what somebody else has, and takes what one has oneself', async () => {
    const { join } = await openConduit()
    await join('bob')
    const ann = await join('ann')
    expect(
      refusal(await ann.put('/user', { user: { username: 'Bob', email: 'BOB@example.com' } })),
    ).toMatchObject({
      status: 422,
      errors: { username: ['has already been taken'], email: ['has already been taken'] },
    })
    expect(user(await ann.put('/user', { user: { username: 'Ann' } })).username).toBe('Ann')
  })

  it.each([
    ['nothing at all', {}],
    ['a blank name', { username: ' ' }],
    ['no address', { email: null }],
    ['a blank password', { password: '' }],
    ['a bio that is none', { bio: 7 }],
  ])('refuses %s with 422', async (_, change) => {
    const { join } = await openConduit()
    const ann = await join('ann')
    expect(refusal(await ann.put('/user', { user: change })).status).toBe(422)
  })

  it('needs a token', async () => {
    const { send } = await openConduit()
    expect(refusal(await send('PUT', '/user', { user: { bio: 'x' } })).status).toBe(401)
  })
})

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function signed({
  secret = jwtSecret,
  issuer = 'conduit',
  ...rest
}: {
  secret?: string
  issuer?: string
  expires?: string | undefined
}) {
  const expires = 'expires' in rest ? rest.expires : '1 hour'
  const token = new SignJWT().setProtectedHeader({ alg: 'HS256' }).setSubject('nobody').setIssuer(issuer)
  if (expires !== undefined) token.setExpirationTime(expires)
  return token.sign(new TextEncoder().encode(secret))
}
