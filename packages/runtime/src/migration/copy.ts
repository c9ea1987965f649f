/** Writes documents to a target, in lanes; compares first where something may be there. */
import { asMoved, type MovedDocument } from './as-imported.ts'
import { batchesOf, inLanes } from './batches.ts'
import type { KnownCollections } from './collections.ts'
import type { SealedDocument } from './seal.ts'
import type { Found, Target } from './target.ts'
import type { Watch } from './watch.ts'

/** What happens to a document whose id has another document at the target already. */
export type ConflictRule = 'keep' | 'newest' | 'source'

export interface CopyCounts {
  /** Written, over another document or not. */
  written: number
  /** Of these: over another one. */
  replaced: number
  /** At the target already, the same. */
  present: number
  /** Left alone: another document is at the target, under the same id or with the same unique value. */
  kept: number
  /** Left out: expired by now. */
  expired: number
  /** Left out, as asked: invalid, or of a collection that no plugin declares. */
  leftOut: number
}

export const noCounts = (): CopyCounts => ({
  written: 0,
  replaced: 0,
  present: 0,
  kept: 0,
  expired: 0,
  leftOut: 0,
})

export interface CopyOptions {
  readonly documents: AsyncIterable<SealedDocument>
  readonly total: number
  /** So many from the beginning were copied before. */
  readonly done: number
  readonly collections: KnownCollections
  readonly target: Target
  /** Whether documents may be there, of an earlier run or of others. */
  readonly compares: boolean
  readonly onConflict: ConflictRule
  readonly leavesOut: (collection: string) => boolean
  readonly lanes: number
  readonly counts: CopyCounts
  readonly watch: Watch
  /** Told how many documents from the beginning are durable at the target. */
  readonly onDone: (done: number) => void
}

export async function copyDocuments(options: CopyOptions): Promise<void> {
  const { documents, total, done, lanes, watch, onDone } = options
  const stage = watch.stage('Copying', total, done)
  await inLanes(
    batchesOf(documents, done),
    lanes,
    async (batch) => {
      watch.signal?.throwIfAborted()
      await copyBatch(options, batch.documents)
      stage.advance(batch.documents.length)
    },
    onDone,
  )
  stage.end()
}

async function copyBatch(options: CopyOptions, batch: readonly SealedDocument[]): Promise<void> {
  const { collections, target, compares, counts, leavesOut, watch } = options
  const nowMs = Date.now()
  const wanted = batch.flatMap((document) => {
    const moved = leavesOut(document.collection) ? undefined : asMoved(document, collections)
    if (moved === undefined) counts.leftOut++
    else if (hasExpired(moved, nowMs)) counts.expired++
    else return [moved]
    return []
  })
  const chosen = compares ? await comparing(options, wanted) : wanted
  await target.write(chosen, watch.signal)
  counts.written += chosen.length
}

export const hasExpired = ({ imported: { placement } }: MovedDocument, nowMs: number): boolean =>
  placement.expiresAtMs !== undefined && placement.expiresAtMs <= nowMs

/** Those to be written. */
async function comparing(options: CopyOptions, wanted: readonly MovedDocument[]): Promise<MovedDocument[]> {
  const { target, counts, onConflict, watch } = options
  const found = await target.read(wanted, watch.signal)
  const chosen: MovedDocument[] = []
  for (const [at, each] of wanted.entries()) {
    const there = found[at]
    if (there?.sha256 === each.document.sha256) counts.present++
    else if (there !== undefined && !wins(onConflict, each, there)) counts.kept++
    else if ((await target.uniqueHolder(each, watch.signal)) !== undefined) counts.kept++
    else {
      if (there !== undefined) counts.replaced++
      chosen.push(each)
    }
  }
  return chosen
}

const wins = (rule: ConflictRule, { document }: MovedDocument, there: Found): boolean =>
  rule === 'source' || (rule === 'newest' && document.version > there.version)
