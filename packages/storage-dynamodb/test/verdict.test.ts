/** The table of `lost-answers.ts`, row by row. */
import { collectionInfo, type CollectionInfo, type DriverAction } from '@freeda/runtime/driver'
import { describe, expect, it } from 'vitest'
import { makeNonce, versionOf } from '../src/item.ts'
import { keyText, type Item } from '../src/layout.ts'
import { isByOthers, verdict } from '../src/lost-answers.ts'
import { keyOfAction } from '../src/stage.ts'
import { notes } from './support.ts'

const begunMs = 1_800_000_000_000
const context = {
  table: 't',
  slotOf: () => undefined,
  nowMs: begunMs,
  begunMs,
  nonce: makeNonce(begunMs),
}
const collection: CollectionInfo = collectionInfo(notes)
const put = (id: string, expected: DriverAction['expected'] = 'any'): DriverAction => ({
  kind: 'put',
  collection,
  id,
  expected,
  value: {},
  placement: collection.place(id, {}),
})
const other = (kind: 'delete' | 'check', id: string): DriverAction => ({
  kind,
  collection,
  id,
  expected: kind === 'check' ? 'present' : 'any',
  position: collection.place(id, {}).position,
})

/** A document with the nonces of its last writes, the newest first. */
const item = (version: number, ...nonces: string[]): Item => ({
  v: { N: String(version) },
  ...Object.fromEntries(nonces.map((nonce, at) => [at === 0 ? 'n' : `n${at}`, { S: nonce }])),
})
const secondsAgo = (seconds: number) => makeNonce(begunMs - seconds * 1000)
const young = () => secondsAgo(0)
const [old, seen] = [secondsAgo(60), young()]
const busy = () => item(9, young(), young(), young(), young())

type Documents = readonly (readonly [DriverAction, Item | undefined])[]
const seenOf = (documents: Documents) => ({
  documents: new Map(
    documents.flatMap(([action, each]) => (each ? [[keyText(keyOfAction(action)), each]] : [])),
  ),
  holders: undefined,
})
const judge = (documents: Documents, before?: Documents) =>
  verdict(
    context,
    documents.map(([action]) => action),
    seenOf(documents),
    before && { seen: seenOf(before), versions: before.map(([, each]) => (each ? versionOf(each) : 0)) },
  )

describe('a commit whose answer was lost', () => {
  const [a, x] = [put('a'), other('delete', 'x')]

  it('was done when a document has its nonce', () => {
    const mine = item(7, young(), context.nonce)
    expect(judge([[a, mine]])).toEqual({ kind: 'done', versions: [6] })
    const before: Documents = [
      [a, item(5, old)],
      [x, item(3, old)],
    ]
    expect(
      judge(
        [
          [a, mine],
          [x, undefined],
        ],
        before,
      ),
    ).toEqual({ kind: 'done', versions: [6, 3] })
  })

  it('was not done when a document shows a write from before it', () => {
    const same = item(9, young(), young(), young(), old)
    expect(judge([[a, same]]).kind).toBe('notDone')
    expect(judge([[x, same]]).kind).toBe('notDone')
    expect(
      judge([
        [a, undefined],
        [x, same],
      ]).kind,
    ).toBe('notDone')
    expect(
      judge([
        [a, same],
        [x, undefined],
      ]).kind,
    ).toBe('notDone')
    expect(judge([[x, item(2, young(), seen)]], [[x, item(1, seen)]]).kind).toBe('notDone')
  })

  it('was not done, if it deletes nothing, when there is no document or one that shows all its writes', () => {
    expect(judge([[a, undefined]]).kind).toBe('notDone')
    expect(judge([[a, item(2, young(), young())]]).kind).toBe('notDone')
    expect(judge([[other('check', 'c'), busy()]]).kind).toBe('notDone')
  })

  it('is unknown where it deletes, when nothing is there, or what may have been made anew', () => {
    expect(judge([[x, undefined]]).kind).toBe('unknown')
    expect(judge([[x, item(1, young())]]).kind).toBe('unknown')
    expect(judge([[x, item(1, young())]], [[x, item(1, seen)]]).kind).toBe('unknown')
    expect(
      judge([
        [a, undefined],
        [x, item(1, young())],
      ]).kind,
    ).toBe('unknown')
  })

  it('is unknown under more writes than a document shows', () => {
    expect(judge([[a, busy()]]).kind).toBe('unknown')
    expect(
      judge([
        [a, busy()],
        [other('check', 'c'), undefined],
      ]).kind,
    ).toBe('unknown')
  })

  it('is refused by others when every write since the version that it expects is shown', () => {
    expect(isByOthers(put('a', 5), busy())).toBe(true)
    expect(isByOthers(put('a', 4), busy())).toBe(false)
    expect(isByOthers(put('a', 'absent'), item(1, young()))).toBe(false)
  })
})
