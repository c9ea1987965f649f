import { describe, expect, it } from 'vitest'
import { makeNonce, showsEveryWriteSince, versionWrittenBy } from '../src/item.ts'

const nowMs = Date.UTC(2026, 10, 25)
const secondsAgo = (seconds: number) => makeNonce(nowMs - seconds * 1000)
/** An item as the last writes left it, the newest first. */
const item = (version: number, ...nonces: string[]) => ({
  v: { N: String(version) },
  ...Object.fromEntries(nonces.map((nonce, at) => [at === 0 ? 'n' : `n${at}`, { S: nonce }])),
})

describe('the nonces of an item', () => {
  it('are of one length, whenever they were made, and never the same', () => {
    const nonces = [makeNonce(0), makeNonce(nowMs), makeNonce(nowMs), makeNonce()]
    expect(new Set(nonces).size).toBe(4)
    for (const nonce of nonces) expect(nonce).toMatch(/^[\w-]{12}$/)
  })

  it('tell which version a write made', () => {
    const [mine, later] = [secondsAgo(2), secondsAgo(1)]
    expect(versionWrittenBy(mine, item(7, later, mine))).toBe(6)
    expect(versionWrittenBy('another', item(7, later, mine))).toBeUndefined()
    expect(versionWrittenBy(mine, undefined)).toBeUndefined()
  })

  it('show every write of a document that was written as often as there are nonces', () => {
    expect(showsEveryWriteSince(nowMs, item(1, secondsAgo(0)), undefined)).toBe(true)
    const four = [0, 0, 0, 0].map(secondsAgo)
    expect(showsEveryWriteSince(nowMs, item(4, ...four), undefined)).toBe(true)
    expect(showsEveryWriteSince(nowMs, item(5, ...four), undefined)).toBe(false)
  })

  it('show every write since the oldest of them, clocks of others being somewhat off', () => {
    const at = (seconds: number) => item(50, secondsAgo(0), secondsAgo(1), secondsAgo(2), secondsAgo(seconds))
    expect(showsEveryWriteSince(nowMs, at(12), undefined)).toBe(true)
    expect(showsEveryWriteSince(nowMs, at(9), undefined)).toBe(false)
  })

  it('show every write since the item was seen before, if what it was then is among them', () => {
    const [seen, later] = [secondsAgo(1), secondsAgo(0)]
    const now = item(51, later, later, later, seen)
    expect(showsEveryWriteSince(nowMs, now, item(48, seen))).toBe(true)
    expect(showsEveryWriteSince(nowMs, now, item(47, secondsAgo(2), secondsAgo(3)))).toBe(false)
  })

  it('say nothing of an imported document, whose version is not a count of them', () => {
    expect(showsEveryWriteSince(nowMs, item(9, secondsAgo(1)), undefined)).toBe(false)
    expect(showsEveryWriteSince(nowMs, item(9, secondsAgo(60)), undefined)).toBe(true)
  })
})
