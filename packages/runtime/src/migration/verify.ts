/** Reads every document back from the target and compares its checksum. */
import type { Problem } from '../errors.ts'
import { asMoved, type MovedDocument } from './as-imported.ts'
import { batchesOf, inLanes } from './batches.ts'
import { hasExpired, type ConflictRule, type CopyOptions } from './copy.ts'
import { problemList, type ProblemList } from './problem-list.ts'
import type { SealedDocument } from './seal.ts'
import type { Found } from './target.ts'

export interface Verified {
  /** The same at the target. */
  same: number
  /** Another one at the target, which is newer and was to stay. */
  newer: number
  /** Gone by now, at their time. */
  expired: number
  /** At the target, but not at the source. */
  extra: number
  readonly problems: ProblemList
}

export type VerifyOptions = Pick<
  CopyOptions,
  'documents' | 'total' | 'collections' | 'target' | 'onConflict' | 'leavesOut' | 'lanes' | 'watch'
> & {
  /** Whether documents that the source has not may be at the target. */
  readonly allowsExtra: boolean
}

export async function verifyDocuments(options: VerifyOptions): Promise<Verified> {
  const { documents, total, lanes, watch } = options
  const verified: Verified = { same: 0, newer: 0, expired: 0, extra: 0, problems: problemList() }
  const expected = new Map<string, number>()
  const stage = watch.stage('Verifying', total)
  await inLanes(batchesOf(documents, 0), lanes, async (batch) => {
    watch.signal?.throwIfAborted()
    await verifyBatch(options, batch.documents, verified, expected)
    stage.advance(batch.documents.length)
  })
  stage.end()
  await verifyCounts(options, expected, verified)
  return verified
}

async function verifyBatch(
  { collections, target, onConflict, leavesOut, watch }: VerifyOptions,
  batch: readonly SealedDocument[],
  verified: Verified,
  expected: Map<string, number>,
): Promise<void> {
  const wanted = batch.flatMap((document) =>
    leavesOut(document.collection) ? [] : (asMoved(document, collections) ?? []),
  )
  const found = await target.read(wanted, watch.signal)
  for (const [at, each] of wanted.entries()) {
    const there = found[at]
    const { collection } = each.document
    if (there !== undefined) expected.set(collection, (expected.get(collection) ?? 0) + 1)
    if (there?.sha256 === each.document.sha256) verified.same++
    else if (there === undefined && hasExpired(each, Date.now())) verified.expired++
    else if (there !== undefined && isNewer(onConflict, each, there)) verified.newer++
    else verified.problems.add(difference(each, there))
  }
}

const isNewer = (rule: ConflictRule, { document }: MovedDocument, there: Found): boolean =>
  rule === 'newest' && there.version > document.version

function difference(
  { document: { collection, id, version } }: MovedDocument,
  there: Found | undefined,
): Problem {
  const at = `${collection}/${id}`
  if (there === undefined)
    return {
      code: 'document_missing',
      at,
      message: 'is not at the target, or another document has its unique value there.',
      fix: 'Run the command again; when a unique value is taken, change it on one side.',
    }
  const versions =
    there.version === version
      ? `version ${version} on both sides`
      : `version ${there.version}; the source has ${version}`
  return {
    code: 'document_differs',
    at,
    message: `another document is at the target (${versions}); it was left as it is.`,
    fix: 'Choose with --conflict newest or --conflict source, or change one of them.',
  }
}

/** As many documents as were found by their id, and no others. */
async function verifyCounts(
  { target, total, allowsExtra, watch }: VerifyOptions,
  expected: ReadonlyMap<string, number>,
  verified: Verified,
): Promise<void> {
  const stage = watch.stage('Counting', total)
  const counts = await target.count(stage.advance, watch.signal)
  stage.end()
  for (const [name, count] of counts) {
    const extra = count - (expected.get(name) ?? 0)
    if (extra <= 0) continue
    verified.extra += extra
    if (!allowsExtra)
      verified.problems.add({
        code: 'documents_extra',
        at: name,
        message: `the target has ${extra} documents that the source has not, although it was empty.`,
        fix: 'Somebody else writes to the target: stop that, and look at what it wrote.',
      })
  }
}
