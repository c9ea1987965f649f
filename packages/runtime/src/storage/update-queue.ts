/**
 * Puts the updates of one document in a row, so that those of one process seldom race each other. The row only
 * saves conflicts: what is written is decided by compare-and-set. So nobody waits in it for ever.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { FreedaError } from '../errors.ts'

/** How long one update may keep those behind it waiting; then the next one begins beside it. */
const maxHoldMs = 1000

export interface UpdateQueue {
  /**
   * Runs `work` when the works of the same document that came earlier have settled; beside one that takes too long.
   * @throws FREEDA_UPDATE_NESTED within a work of the same document, and the reason of `signal` once that aborts.
   */
  inTurn<T>(document: DocumentName, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>
}

export interface DocumentName {
  readonly collection: string
  readonly id: string
}

/** An update that runs, and the one that called it. */
interface Turn {
  readonly key: string
  readonly within: Turn | undefined
  isOver: boolean
}

/** The updates of one document. */
interface Row {
  /** Whose end, or delay, lets the next one begin. */
  holder: Turn | undefined
  /** In the order of the calls. */
  readonly waiting: Set<() => void>
  /** Runs while somebody waits for the holder. */
  timer: NodeJS.Timeout | undefined
}

export function updateQueue(): UpdateQueue {
  const rows = new Map<string, Row>()
  /** The update whose change calls. What a change leaves running keeps it, therefore `isOver`. */
  const running = new AsyncLocalStorage<Turn>()

  /** Lets the next one begin. */
  const passOn = (key: string, row: Row) => {
    clearTimeout(row.timer)
    row.timer = row.holder = undefined
    const [next] = row.waiting
    if (next === undefined) return void rows.delete(key)
    row.waiting.delete(next)
    next()
  }
  const watch = (key: string, row: Row) => {
    if (row.waiting.size > 0) row.timer ??= setTimeout(() => passOn(key, row), maxHoldMs)
  }

  const enter = (key: string, signal: AbortSignal | undefined): Row | Promise<Row> => {
    const row = rows.get(key)
    if (row !== undefined) return wait(key, row, signal)
    const first: Row = { holder: undefined, waiting: new Set(), timer: undefined }
    rows.set(key, first)
    return first
  }
  const wait = (key: string, row: Row, signal: AbortSignal | undefined) =>
    new Promise<Row>((resolve, reject) => {
      const begin = () => {
        signal?.removeEventListener('abort', leave)
        resolve(row)
      }
      const leave = () => {
        row.waiting.delete(begin)
        reject(signal!.reason)
      }
      signal?.addEventListener('abort', leave, { once: true })
      row.waiting.add(begin)
      watch(key, row)
    })

  return {
    async inTurn(document, signal, work) {
      const key = `${document.collection}/${document.id}`
      const within = running.getStore()
      refuseNested(document, key, within)
      const row = await enter(key, signal)
      const turn: Turn = { key, within, isOver: false }
      row.holder = turn
      watch(key, row)
      try {
        signal?.throwIfAborted()
        return await running.run(turn, work)
      } finally {
        turn.isOver = true
        if (row.holder === turn) passOn(key, row)
      }
    },
  }
}

/** It would wait for the update that waits for it; and if it did not, each of the two would undo the other. */
function refuseNested({ collection, id }: DocumentName, key: string, within: Turn | undefined): void {
  for (let turn = within; turn !== undefined; turn = turn.within)
    if (turn.key === key && !turn.isOver) throw new FreedaError('FREEDA_UPDATE_NESTED', { collection, id })
}
