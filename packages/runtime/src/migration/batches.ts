/** Cuts a stream of documents into batches, and works on several at a time. */
import type { SealedDocument } from './seal.ts'

export interface Batch {
  readonly documents: readonly SealedDocument[]
  /** How many documents came before it, from the beginning. */
  readonly from: number
}

const maxDocuments = 200
/** In memory at a time: so much for each lane, and as much again on its way. */
const maxChars = 1024 * 1024

/** @param skip so many from the beginning are left out */
export async function* batchesOf(
  documents: AsyncIterable<SealedDocument>,
  skip: number,
): AsyncGenerator<Batch> {
  let batch: SealedDocument[] = []
  let from = skip
  let position = 0
  let chars = 0
  for await (const document of documents) {
    if (position++ < skip) continue
    batch.push(document)
    chars += roughChars(document.value)
    if (batch.length < maxDocuments && chars < maxChars) continue
    yield { documents: batch, from }
    from += batch.length
    batch = []
    chars = 0
  }
  if (batch.length > 0) yield { documents: batch, from }
}

/** Near enough, without writing the value out. */
function roughChars(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  let chars = 2
  for (const key in value) chars += key.length + roughChars((value as Record<string, unknown>)[key])
  return chars
}

/**
 * Works on batches in so many lanes. The first failure ends all of them, once what they are doing is done.
 * @param onPrefix told how many documents from the beginning are done, without a gap
 */
export async function inLanes(
  batches: AsyncGenerator<Batch>,
  lanes: number,
  work: (batch: Batch) => Promise<void>,
  onPrefix: (done: number) => void = () => {},
): Promise<void> {
  const prefix = prefixCounter(onPrefix)
  let failure: { readonly error: unknown } | undefined
  const lane = async () => {
    while (failure === undefined) {
      const { done, value: batch } = await batches.next()
      if (done === true) return
      prefix.begun(batch.from)
      await work(batch)
      prefix.done(batch.from, batch.documents.length)
    }
  }
  const guarded = () =>
    lane().catch((error: unknown) => {
      failure ??= { error }
    })
  await Promise.all(Array.from({ length: lanes }, guarded))
  await batches.return(undefined)
  if (failure !== undefined) throw failure.error
}

/** Batches are taken in order and end in any order: what is done without a gap ends where the first open one begins. */
function prefixCounter(onPrefix: (done: number) => void) {
  const open = new Set<number>()
  let end = 0
  return {
    begun: (from: number) => void open.add(from),
    done(from: number, count: number) {
      open.delete(from)
      end = Math.max(end, from + count)
      onPrefix(Math.min(end, ...open))
    },
  }
}
