import { expect, it } from 'vitest'
import { openConduit, refusal } from './conduit.ts'

it('shows a profile to everybody, whatever the case of its name', async () => {
  const { join, get } = await openConduit()
  await (await join('ann')).put('/user', { user: { bio: 'I write.' } })
  const profile = { username: 'ann', bio: 'I write.', image: '', following: false }
  expect(await get('/profiles/ann')).toMatchObject({ status: 200, body: { profile } })
  expect((await get('/profiles/ANN')).body).toEqual({ profile })
})

it('follows once, however often it is asked, and shows it to the follower only', async () => {
  const { join, get } = await openConduit()
  await join('ann')
  const bob = await join('bob')
  for (let times = 0; times < 2; times++)
    expect(await bob.post('/profiles/ann/follow')).toMatchObject({
      status: 200,
      body: { profile: { username: 'ann', following: true } },
    })
  expect((await bob.get('/profiles/ann')).body).toMatchObject({ profile: { following: true } })
  expect((await get('/profiles/ann')).body).toMatchObject({ profile: { following: false } })
})

it('follows no longer, also whom one never followed', async () => {
  const { join } = await openConduit()
  await join('ann')
  const bob = await join('bob')
  await bob.post('/profiles/ann/follow')
  for (let times = 0; times < 2; times++)
    expect(await bob.delete('/profiles/ann/follow')).toMatchObject({
      status: 200,
      body: { profile: { following: false } },
    })
  expect((await bob.get('/profiles/ann')).body).toMatchObject({ profile: { following: false } })
})

it('answers 404 for somebody who is not there', async () => {
  const { join, get } = await openConduit()
  const bob = await join('bob')
  const missing = { status: 404, errors: { profile: ['not found'], body: ['profile not found'] } }
  expect(refusal(await get('/profiles/nobody'))).toEqual(missing)
  expect(refusal(await bob.post('/profiles/nobody/follow'))).toEqual(missing)
  expect(refusal(await bob.delete('/profiles/nobody/follow'))).toEqual(missing)
})

it('lets nobody follow without a token', async () => {
  const { join, send } = await openConduit()
  await join('ann')
  const missing = { status: 401, errors: { token: ['is missing'] } }
  expect(refusal(await send('POST', '/profiles/ann/follow'))).toMatchObject(missing)
  expect(refusal(await send('DELETE', '/profiles/ann/follow'))).toMatchObject(missing)
})

it('finds names that an address has to write in another way', async () => {
  const { post, get } = await openConduit()
  const username = 'Ann O’Hara / 50%'
  const user = { username, email: 'ann@example.com', password: 'a long enough one' }
  expect((await post('/users', { user })).status).toBe(201)
  expect((await get(`/profiles/${encodeURIComponent(username)}`)).body).toMatchObject({
    profile: { username },
  })
})
