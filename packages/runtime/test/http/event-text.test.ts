import { describe, expect, it } from 'vitest'
import { eventText } from '../../src/realtime/event-text.ts'
import { parseEvents } from './read-events.ts'

describe('an event on the wire', () => {
  it('has its fields before its data, and ends with an empty line', () => {
    expect(eventText({ event: 'message', id: '7', retry: 2_500, data: 'hello' })).toBe(
      'event: message\nid: 7\nretry: 2500\ndata: hello\n\n',
    )
  })

  it.each([
    ['a line feed', 'a\nb'],
    ['a carriage return', 'a\rb'],
    ['both', 'a\r\nb'],
  ])('puts text with %s into a line each', (_name, data) => {
    expect(eventText({ data })).toBe('data: a\ndata: b\n\n')
  })

  it.each([
    ['text', 'plain', 'plain'],
    ['text with leading space', '  two', '  two'],
    ['nothing', '', ''],
    ['lines with a last break', 'a\n', 'a\n'],
    ['what looks like a field', 'id: 9\nevent: fake', 'id: 9\nevent: fake'],
    ['an object', { a: [1, 'x\ny'] }, '{"a":[1,"x\\ny"]}'],
    ['null', null, 'null'],
    ['line separators of Unicode, which are none here', 'a\u2028b', 'a\u2028b'],
  ])('arrives as it was sent: %s', (_name, data, received) => {
    expect(parseEvents(eventText({ data }))).toEqual([{ event: 'message', id: '', data: received }])
  })

  it('cannot be made two events, or be given an id, by what stands in a name', () => {
    const text = eventText({ event: 'a\ndata: fake\n\ndata: second', id: '1\r\nretry: 1\0', data: 'real' })
    expect(parseEvents(text)).toEqual([
      { event: 'a data: fake data: second', id: '1 retry: 1 ', data: 'real' },
    ])
  })

  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a BigInt', 1n],
  ])('refuses data that JSON has no word for: %s', (_name, data) => {
    expect(() => eventText({ data })).toThrow(TypeError)
  })

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses to retry after %d ms', (retry) => {
    expect(() => eventText({ data: '', retry })).toThrow('milliseconds')
  })
})
