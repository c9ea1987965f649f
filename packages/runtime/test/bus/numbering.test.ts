import { describe, expect, it } from 'vitest'
import { createHearing, createNumbering } from '../../src/bus/numbering.ts'

describe('the numbers of messages', () => {
  it('rise by one on each topic', () => {
    const { next } = createNumbering()
    expect([next('a'), next('a'), next('b')].map(({ number }) => number)).toEqual([1, 2, 1])
  })

  it('never come twice, whatever is forgotten, and a hole makes subscribers read again', () => {
    const { next } = createNumbering()
    const hear = createHearing()
    for (let i = 0; i < 5; i++) expect(hear('me', next('a'))).toBe('next')
    for (let i = 0; i < 20; i++) next('b')
    for (let i = 0; i < 20_000; i++) next(`other ${i}`)
    expect(hear('me', next('a'))).toBe('after a loss')
    expect(hear('me', next('a'))).toBe('next')
  })

  it('say that something was lost until it was said, also while that is on its way', () => {
    const { next, settle } = createNumbering()
    settle('a', next('a'), false)
    const [second, third] = [next('a'), next('a')]
    expect([second.lost, third.lost]).toEqual([1, 1])
    settle('a', second, false)
    settle('a', third, true)
    // The third said that the first was lost, not that the second was.
    const fourth = next('a')
    expect(fourth.lost).toBe(2)
    settle('a', fourth, true)
    expect(next('a').lost).toBe(0)
  })
})
