import { collection } from '@freeda/runtime'
import {
  collectionInfo,
  encodeKey,
  itemBytes,
  type DriverAction,
  type JsonObject,
} from '@freeda/runtime/driver'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { itemOf, versionWrittenBy } from '../src/item.ts'
import { assignSlots, documentKey, slotsBy } from '../src/layout.ts'
import { pageSizeFor } from '../src/query.ts'
import { queryInput } from '../src/query-input.ts'
import { createInput, deleteInput, updateInput, type PutAction } from '../src/requests.ts'
import { slotProblems } from '../src/slot-problems.ts'
import { keyOfAction, stageCommit } from '../src/stage.ts'
import { writesOf } from '../src/transaction.ts'

const Ticket = z.looseObject({})
const tickets = collectionInfo(
  collection(
    z.object({ status: z.string(), at: z.number(), email: z.string().optional(), end: z.date().optional() }),
    {
      name: 'tickets',
      indexes: {
        byStatus: { partition: 'status', sort: 'at' },
        byEmail: { partition: 'email', unique: true },
        byTime: { partition: 'at' },
      },
      ttl: 'end',
    },
  ),
)
const events = collectionInfo(collection(Ticket, { name: 'events', shards: 8 }))
const slotOf = slotsBy({})
const context = { table: 'app', slotOf, nowMs: 1000, nonce: 'mine', begunMs: 1000 }

const put = (id: string, value: JsonObject, expected: DriverAction['expected'] = 'any'): PutAction => ({
  kind: 'put',
  collection: tickets,
  id,
  expected,
  value,
  placement: tickets.place(id, value),
})

describe('the layout', () => {
  it('gives slots in the order of declaration, and none to unique indexes', () => {
    expect([...assignSlots(tickets, {})]).toEqual([
      ['byStatus', 1],
      ['byTime', 2],
    ])
    expect([...assignSlots(tickets, { tickets: { byTime: 1 } })]).toEqual([
      ['byTime', 1],
      ['byStatus', 2],
    ])
  })

  it('refuses an assignment of slots that cannot be honoured, entry by entry', () => {
    const slots = {
      tickets: { byStatus: 2, byTime: 2, byEmail: 1, bySize: 3 },
      others: { byName: 1 },
      events: {},
    }
    expect(slotProblems(slots, [tickets, events]).map(({ at }) => at)).toEqual([
      'slots.tickets.byStatus',
      'slots.tickets.byTime',
      'slots.tickets.byEmail',
      'slots.tickets.bySize',
      'slots.others.byName',
    ])
    expect(slotProblems({ tickets: { byTime: 5 } }, [tickets])).toEqual([])
  })

  it('spreads ids evenly over shards, always the same way', () => {
    const counts = new Map<string, number>()
    for (let at = 0; at < 8000; at++) {
      const id = `00000000-${at}`
      const pk = documentKey(events, id, encodeKey(id)).pk.S
      counts.set(pk, (counts.get(pk) ?? 0) + 1)
    }
    expect(counts.size).toBe(8)
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120)
    expect(documentKey(events, 'a', encodeKey('a')).pk.S).toBe('events\u00012')
  })

  it('puts keys, document, version and nonce beside each other', () => {
    const item = itemOf(
      put('t1', { status: 'open', at: 5, end: { $date: '1970-01-01T00:00:01.500Z' } }),
      3,
      'n',
      slotOf,
    )
    expect(item).toEqual({
      pk: { S: 'tickets\u00010' },
      sk: { S: 'st1\u0001' },
      id: { S: 't1' },
      doc: {
        M: {
          status: { S: 'open' },
          at: { N: '5' },
          end: { M: { $date: { S: '1970-01-01T00:00:01.500Z' } } },
        },
      },
      v: { N: '3' },
      n: { S: 'n' },
      exp: { N: '1500' },
      ttl: { N: '2' },
      gsi1pk: { S: 'tickets\u0001byStatus\u0001sopen\u0001' },
      gsi1sk: { S: 'n250005\u0001st1\u0001' },
      gsi2pk: { S: 'tickets\u0001byTime\u0001n250005\u0001' },
      gsi2sk: { S: 'st1\u0001' },
    })
  })

  it('never makes an item larger than the contract counts', () => {
    const value: JsonObject = {
      status: 'open',
      at: 5,
      email: 'x',
      end: { $date: '2100-01-01T00:00:00.000Z' },
      big: 1e300,
      '': -1.5e-200,
      bytes: { $bytes: 'AAAA' },
    }
    const action = put('id', value)
    const before = itemOf(action, 6, 'x'.repeat(12), slotOf, {
      n: { S: 'y'.repeat(12) },
      n1: { S: 'y'.repeat(12) },
      n2: { S: 'y'.repeat(12) },
    })
    expect(attributesBytes(before)).toBeLessThanOrEqual(itemBytes(tickets, 'id', value, action.placement))
  })
})

describe('a write of one document', () => {
  it('creates over nothing or over what has expired', () => {
    expect(createInput(context, put('a', { status: 'open', at: 1 }, 'absent'))).toMatchObject({
      TableName: 'app',
      Item: { v: { N: '1' }, n: { S: 'mine' } },
      ConditionExpression: 'attribute_not_exists(pk) OR exp <= :now',
      ExpressionAttributeValues: { ':now': { N: '1000' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    })
  })

  it('counts the version, keeps the last nonces, and clears the slots that the document left', () => {
    const input = updateInput(context, put('a', { status: 'open', at: 1 }, 4))
    expect(input.UpdateExpression).toContain('v = if_not_exists(v, :zero) + :one')
    expect(input.UpdateExpression).toContain('n3 = if_not_exists(n2, :none)')
    expect(input.UpdateExpression).toMatch(/ REMOVE #exp, #ttl, #gsi3pk, #gsi3sk, .*#gsi5sk$/)
    expect(input.ConditionExpression).toBe('(attribute_not_exists(exp) OR exp > :now) AND v = :expected')
    expect(input.ReturnValues).toBe('NONE')
    const any = updateInput(context, put('a', { status: 'open', at: 1 }))
    expect(any.ConditionExpression).toContain('NOT (n = :n OR n1 = :n OR n2 = :n OR n3 = :n)')
    expect(any.ReturnValues).toBe('UPDATED_NEW')
  })

  it('deletes under the version that is expected', () => {
    const action = { kind: 'delete', collection: tickets, id: 'a', position: encodeKey('a') } as const
    expect(deleteInput(context, { ...action, expected: 'any' })).not.toHaveProperty('ConditionExpression')
    expect(deleteInput(context, { ...action, expected: 2 })).toMatchObject({
      ConditionExpression: 'v = :expected AND (attribute_not_exists(exp) OR exp > :now)',
      ExpressionAttributeValues: { ':expected': { N: '2' } },
    })
  })

  it('is found by its nonce under three later ones', () => {
    const item = { v: { N: '9' }, n: { S: 'c' }, n1: { S: 'b' }, n2: { S: 'a' }, n3: { S: 'mine' } }
    expect(versionWrittenBy('mine', item)).toBe(6)
    expect(versionWrittenBy('c', item)).toBe(9)
    expect(versionWrittenBy('other', item)).toBeUndefined()
  })
})

describe('a transaction', () => {
  const key = (id: string) => `tickets\u00010\0${encodeKey(id)}`
  const stored = (id: string, email: string, version = 1) =>
    itemOf(put(id, { status: 's', at: 1, email }), version, `n-${id}`, slotOf)
  const remove = (id: string): DriverAction => ({
    kind: 'delete',
    collection: tickets,
    id,
    expected: 'any',
    position: encodeKey(id),
  })

  it('passes a unique value on in one item', () => {
    const documents = new Map([[key('a'), stored('a', 'x', 7)]])
    const actions = [put('b', { status: 's', at: 1, email: 'x' }, 'absent'), remove('a')]
    const seen = { documents, holders: undefined }
    const staged = stageCommit(actions, seen, 1000)
    expect(staged.versions).toEqual([1, 7])
    const writes = writesOf(context, actions, seen, staged)
    expect(writes).toHaveLength(3)
    expect(writes[1]).toMatchObject({ Delete: { ConditionExpression: 'n = :seen' } })
    expect(writes[2]).toMatchObject({
      Put: {
        Item: { pk: { S: 'tickets\u0001byEmail\u0001sx\u0001' }, sk: { S: 'unique' }, id: { S: 'b' } },
        ConditionExpression: 'attribute_not_exists(pk) OR id IN (:id0, :id1) OR exp <= :now',
        ExpressionAttributeValues: { ':id0': { S: 'a' }, ':id1': { S: 'b' } },
      },
    })
  })

  it('leaves the holder alone when the document keeps its value', () => {
    const documents = new Map([[key('a'), stored('a', 'x')]])
    const actions = [put('a', { status: 'other', at: 2, email: 'x' })]
    const seen = { documents, holders: undefined }
    const writes = writesOf(context, actions, seen, stageCommit(actions, seen, 1000))
    expect(writes).toMatchObject([{ Put: { ConditionExpression: 'n = :seen', Item: { v: { N: '2' } } } }])
    expect(keyOfAction(actions[0]!).sk.S).toBe('sa\u0001')
  })
})

describe('a query', () => {
  const section = { table: 'app', partition: 'p', order: 'asc' } as const

  it('reads the table consistently and an index as it is', () => {
    expect(queryInput(section, 5)).toMatchObject({
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :partition',
    })
    const index = queryInput({ ...section, slot: 'gsi2', from: 'a', to: 'b', order: 'desc' }, 5)
    expect(index).toMatchObject({
      IndexName: 'gsi2',
      KeyConditionExpression: 'gsi2pk = :partition AND gsi2sk BETWEEN :from AND :to',
      ScanIndexForward: false,
    })
    expect(index).not.toHaveProperty('ConsistentRead')
  })

  it('asks each shard for little more than its share', () => {
    expect(pageSizeFor(100, 1)).toBe(101)
    expect(pageSizeFor(100, 4)).toBe(31)
    expect(pageSizeFor(1, 64)).toBe(2)
  })
})

/** As DynamoDB counts. */
function attributesBytes(map: Record<string, object>): number {
  let bytes = 0
  for (const [name, attribute] of Object.entries(map))
    bytes += Buffer.byteLength(name) + attributeBytes(attribute)
  return bytes
}

function attributeBytes(attribute: {
  S?: string
  N?: string
  B?: Uint8Array
  M?: Record<string, object>
}): number {
  if (attribute.S !== undefined) return Buffer.byteLength(attribute.S)
  if (attribute.N !== undefined) return Math.ceil(attribute.N.replace(/\D/g, '').length / 2) + 2
  if (attribute.B !== undefined) return attribute.B.length
  return 3 + Object.keys(attribute.M!).length + attributesBytes(attribute.M!)
}
