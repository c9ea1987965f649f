import { describe, expect, it } from 'vitest'
import { makeId, makeKey, parseKey } from '../src/api-key-format.ts'

describe('an API key', () => {
  it('says its prefix, its id and a secret, and is understood again', () => {
    for (let i = 0; i < 500; i++) {
      const id = makeId()
      const { key, hash } = makeKey('acme', id)
      expect(key).toMatch(/^acme_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/)
      expect(parseKey('acme', key)).toEqual({ id, hash })
      expect(key).not.toContain(hash)
    }
  })

  it('is never the same twice', () => {
    const keys = Array.from({ length: 1_000 }, () => makeKey('key', makeId()).key)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('uses every letter about as often as any other', () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 2_000; i++)
      for (const letter of makeKey('key', '').key.slice(5, 48))
        counts.set(letter, (counts.get(letter) ?? 0) + 1)
    const expected = (2_000 * 43) / 62
    expect(counts.size).toBe(62)
    for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(expected * 0.2)
  })

  it('does not survive a typing mistake: any letter changed, two swapped, one left out or added', () => {
    const { key } = makeKey('key', makeId())
    for (let i = 0; i < key.length; i++) {
      for (const letter of 'aZ09_- é\0') {
        if (letter !== key[i])
          expect(parseKey('key', key.slice(0, i) + letter + key.slice(i + 1))).toBeUndefined()
        expect(parseKey('key', key.slice(0, i) + letter + key.slice(i))).toBeUndefined()
      }
      expect(parseKey('key', key.slice(0, i) + key.slice(i + 1))).toBeUndefined()
      const swapped = key.slice(0, i) + (key[i + 1] ?? '') + key[i]! + key.slice(i + 2)
      if (swapped !== key) expect(parseKey('key', swapped)).toBeUndefined()
    }
    expect(parseKey('other', key)).toBeUndefined()
    expect(parseKey('key', '')).toBeUndefined()
  })
})
