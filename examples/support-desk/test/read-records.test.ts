import { describe, expect, it } from 'vitest'
import { readRecords } from '../src/imports/read-records.ts'

const header = 'externalId,channel,status,subject,customer.name,createdAt,text'

describe('reading records', () => {
  it('takes a JSON array apart', () => {
    expect(readRecords('json', '[{"a":1},2]')).toEqual([{ value: { a: 1 } }, { value: 2 }])
  })

  it.each(['', '[{', '{"tickets":[]}', 'null'])('refuses JSON that is not an array: %j', (text) => {
    expect(() => readRecords('json', text)).toThrow(expect.objectContaining({ code: 'import_malformed' }))
  })

  it('reads NDJSON by lines, tells their numbers, and goes on after a broken one', () => {
    expect(readRecords('ndjson', '{"a":1}\r\n\n{"a":\n{"a":3}')).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 3, unreadable: expect.stringContaining('JSON') as string },
      { line: 4, value: { a: 3 } },
    ])
  })

  it('reads CSV with quotes, line breaks and commas in cells, and tells where each row begins', () => {
    const rows = [
      'A-1,sms,open,"Late, again",Zoé,2026-01-02T03:04:05Z,"Two\nlines, ""quoted"""',
      'A-2,sms,open,S,Z,T,t',
    ]
    const records = readRecords('csv', [header, ...rows].join('\n'))
    expect(records).toMatchObject([
      { line: 2, value: { subject: 'Late, again', messages: [{ text: 'Two\nlines, "quoted"' }] } },
      { line: 4, value: { externalId: 'A-2' } },
    ])
  })

  it('goes on after a CSV row of the wrong length, and after a stray quote', () => {
    const records = readRecords(
      'csv',
      `${header}\nA-1,sms\nA-2,sms,open,5" screen,Z,T,t\n\nA-3,sms,open,S,Z,T,t\n`,
    )
    expect(records).toMatchObject([
      { line: 2, unreadable: expect.stringContaining('columns length is 7, got 2') as string },
      { line: 3, value: { externalId: 'A-2', subject: '5" screen' } },
      { line: 5, value: { externalId: 'A-3' } },
    ])
  })

  it('takes an empty cell for an absent value', () => {
    const [record] = readRecords('csv', `${header},priority\n" ",sms,open,S,Z,T,t,`)
    expect(record).toMatchObject({ value: { externalId: undefined, priority: undefined } })
  })

  it('does not mind a byte order mark', () => {
    expect(readRecords('json', '\uFEFF[1]')).toEqual([{ value: 1 }])
    expect(readRecords('csv', `\uFEFF${header}\nA-1,sms,open,S,Z,T,t`)).toHaveLength(1)
  })

  it('names every wrong column of a CSV at once', () => {
    expect(() =>
      readRecords('csv', 'externalId,chanel,status,subject,customer.name,createdAt,text,status\n'),
    ).toThrow(
      expect.objectContaining({
        code: 'import_malformed',
        detail: expect.stringMatching(
          /"channel" is missing, "chanel" is not known, "status" is there twice/,
        ) as string,
      }),
    )
  })

  it('finds nothing in a CSV of nothing but a header', () => {
    expect(readRecords('csv', header)).toEqual([])
  })
})
