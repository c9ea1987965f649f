/**
 * Moves documents from a source to a target: look at all of them, back them up, copy, verify. Whatever was done is found
 * in the checkpoint, so that it can end anywhere and go on.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isFreedaError, reasonOf, type Problem } from '../errors.ts'
import type { CollectionInfo, StorageDriver } from '../storage.ts'
import { backupHeader } from './backup-format.ts'
import { checkpointFile, type Checkpoint, type CheckpointFile } from './checkpoint.ts'
import { pacedWriter } from './checkpoint-pace.ts'
import type { KnownCollections } from './collections.ts'
import { copyDocuments, noCounts, type ConflictRule } from './copy.ts'
import { dynamoEstimate } from './dynamo-cost.ts'
import { isRefusal, movable, refuse, targetNotEmpty } from './move-problems.ts'
import type { MoveReport, Outcome } from './report.ts'
import { lastDone, writeReport } from './report-file.ts'
import { backupSource, type Source } from './source.ts'
import { survey, type Survey } from './survey.ts'
import { driverTarget, type Target } from './target.ts'
import { verifyDocuments, type Verified } from './verify.ts'
import type { Watch } from './watch.ts'
import { writeBackup } from './write-backup.ts'

export interface MoveRules {
  /** Only looks at the source; the target is not opened. */
  readonly dryRun: boolean
  /** Whether the target may have documents. */
  readonly nonEmpty: boolean
  readonly onConflict: ConflictRule
  /** Documents of collections that no plugin declares. */
  readonly undeclared: 'refuse' | 'skip' | 'carry'
  /** Documents that the declared collections cannot hold. */
  readonly invalid: 'refuse' | 'skip'
  /** Batches that are written at the same time. */
  readonly lanes: number
  /** Forgets what an earlier run has begun. */
  readonly restart: boolean
}

export interface Move {
  readonly app: string
  readonly source: Source
  /** `take`: a backup is made first. `source`: the source is one. `none`: as asked. */
  readonly backup: 'take' | 'source' | 'none'
  readonly target: {
    readonly label: string
    /** Whether it is on DynamoDB, whose price is known. */
    readonly isDynamo: boolean
    open(
      collections: readonly CollectionInfo[],
    ): Promise<{ readonly driver: StorageDriver; close(): Promise<void> }>
  }
  readonly collections: KnownCollections
  readonly rules: MoveRules
  /** For the backup, the checkpoint and the report; made when it is first needed. */
  makeFolder(): Promise<string>
  readonly watch: Watch
}

type Draft = { -readonly [K in keyof MoveReport]: MoveReport[K] }

/** @throws what a store throws before anything was written, but for what makes it refuse */
export async function move(job: Move): Promise<MoveReport> {
  const { source, target } = job
  const beganAt = performance.now()
  const report: Draft = {
    outcome: 'planned',
    from: source.label,
    to: target.label,
    startedAt: new Date().toISOString(),
    seconds: 0,
    documents: 0,
    bytes: 0,
    collections: [],
    resumed: false,
    problemCount: 0,
    problems: [],
  }
  const progress: Progress = { hasBegun: false }
  try {
    await moveInto(job, report, progress)
  } catch (error) {
    report.outcome = outcomeOf(error, progress, job.watch.signal)
    report.problems = problemsOf(error)
    report.problemCount = report.problems.length
  }
  report.seconds = (performance.now() - beganAt) / 1000
  if (job.rules.dryRun) return report
  const told = await withFile(job, report, progress)
  await progress.forget?.()
  return told
}

interface Progress {
  /** Whether something may be at the target. */
  hasBegun: boolean
  /** Removes the checkpoint of a move that is done. The report is written before, so that one of them always tells of it. */
  forget?: () => Promise<void>
}

async function moveInto(job: Move, report: Draft, progress: Progress): Promise<void> {
  const { source, collections, rules, watch, target: end } = job
  const found = await survey(source, collections, watch)
  const { documents, bytes, units, seconds } = found
  Object.assign(report, { documents, bytes, collections: found.collections })
  if (end.isDynamo) report.estimate = dynamoEstimate(units, seconds)
  const { invalid } = found
  if (invalid.total > 0) report.invalid = { count: invalid.total, listed: invalid.listed }
  const problems = movable(found, source.label, rules)
  if (problems.length > 0) return refused(report, problems)
  if (rules.dryRun) return

  const file = checkpointFile(await job.makeFolder())
  const earlier = rules.restart ? undefined : await file.read()
  if (earlier !== undefined) refuseResuming(earlier, found)
  const carried = rules.undeclared === 'carry' ? found.collections.filter(({ declared }) => !declared) : []
  const infos = [...collections.declared, ...carried.map(({ name }) => collections.infoOf(name))]
  const { driver, close } = await end.open(infos)
  try {
    const target = driverTarget(end.label, driver)
    report.resumed = earlier !== undefined
    const begun = earlier ?? (await begin(job, found, target, file))
    progress.hasBegun = true
    if (begun.backup !== null) report.backup = begun.backup
    await carryOut(job, report, { found, target, file, begun })
    if (report.problemCount === 0) progress.forget = () => file.remove()
    // Whoever mends what was found, or chooses another rule, has everything compared again.
    else await file.write({ ...begun, done: 0, counts: noCounts() })
  } finally {
    await close()
  }
}

/** Checks that the target may be written to, takes the backup, and notes that from now on something may be there. */
async function begin(job: Move, found: Survey, target: Target, file: CheckpointFile): Promise<Checkpoint> {
  const { source, watch, rules } = job
  const wasEmpty = await target.isEmpty(watch.signal)
  const folder = await job.makeFolder()
  if (!wasEmpty && !rules.nonEmpty) throw refuse([targetNotEmpty(target.label, await lastDone(folder))])
  const startedAt = new Date().toISOString()
  const path = join(folder, `backup-${startedAt.replaceAll(':', '-')}.ndjson.gz`)
  const backup =
    job.backup === 'take'
      ? await writeBackup({
          file: path,
          header: backupHeader(job.app, source.label),
          documents: source.documents({ signal: watch.signal }),
          expected: found.documents,
          watch,
        })
      : undefined
  const checkpoint: Checkpoint = {
    freeda: 'migration',
    format: 1,
    from: source.label,
    to: target.label,
    startedAt,
    digest: found.digest,
    documents: backup?.documents ?? found.documents,
    backup:
      backup === undefined
        ? null
        : { file: backup.file, bytes: backup.bytes, documents: backup.documents, sha256: backup.sha256 },
    wasEmpty,
    done: 0,
    counts: noCounts(),
  }
  await file.write(checkpoint)
  return checkpoint
}

interface Begun {
  readonly found: Survey
  readonly target: Target
  readonly file: CheckpointFile
  readonly begun: Checkpoint
}

async function carryOut(job: Move, report: Draft, { found, target, file, begun }: Begun): Promise<void> {
  const { source, collections, rules, watch } = job
  // A backup has an order; a store may give its documents in another one the next time.
  const isOrdered = begun.backup !== null || job.backup === 'source'
  const copied = begun.backup === null ? source : backupSource(begun.backup.file)
  const counts = { ...begun.counts }
  report.counts = counts
  const shared = {
    total: begun.documents,
    collections,
    target,
    onConflict: rules.onConflict,
    leavesOut: (name: string) => rules.undeclared === 'skip' && !collections.isDeclared(name),
    lanes: rules.lanes,
    watch,
  }
  const notes = pacedWriter((done: number) => file.write({ ...begun, done, counts: { ...counts } }))
  try {
    await copyDocuments({
      ...shared,
      documents: copied.documents({ signal: watch.signal }),
      done: isOrdered ? begun.done : 0,
      compares: !begun.wasEmpty || report.resumed,
      counts,
      onDone: notes.note,
    })
  } finally {
    await notes.end()
  }
  const verify = (documents: Source) =>
    verifyDocuments({
      ...shared,
      documents: documents.documents({ signal: watch.signal }),
      allowsExtra: !begun.wasEmpty,
    })
  const verified = await verify(copied)
  conclude(report, verified)
  if (job.backup !== 'source') await checkSourceAgain(job, report, found, verify)
}

function conclude(report: Draft, { problems, ...verified }: Verified): void {
  report.verified = verified
  report.outcome = problems.total === 0 ? 'done' : 'unverified'
  report.problems = problems.listed
  report.problemCount = problems.total
}

/** Somebody may have written to the source since it was backed up. */
async function checkSourceAgain(
  { source, collections, watch }: Move,
  report: Draft,
  found: Survey,
  verify: (documents: Source) => Promise<Verified>,
): Promise<void> {
  const again = await survey(source, collections, watch, 'Looking at the source again')
  if (report.outcome !== 'done' || (again.digest === found.digest && again.expiring === 0)) return
  const { problems } = await verify(source)
  if (problems.total === 0) return
  report.outcome = 'unverified'
  report.problemCount = problems.total
  report.problems = problems.listed.map((problem) => ({
    ...problem,
    code: 'source_changed',
    message: 'was written at the source after the backup was taken.',
    fix: 'Stop what writes there, then bring the rest: --restart --non-empty --conflict newest.',
  }))
}

function refused(report: Draft, problems: readonly Problem[]): void {
  report.outcome = 'refused'
  report.problems = problems
  report.problemCount = problems.length
}

function refuseResuming({ digest, backup, startedAt }: Checkpoint, found: Survey): void {
  const restart = 'Begin anew: --restart --non-empty --conflict newest brings what has changed since.'
  if (digest !== found.digest)
    throw refuse([
      {
        code: 'source_changed',
        at: `the migration of ${startedAt}`,
        message: 'was interrupted, and the source has changed since.',
        fix: restart,
      },
    ])
  if (backup !== null && !existsSync(backup.file))
    throw refuse([
      {
        code: 'backup_missing',
        at: backup.file,
        message: 'the backup of the interrupted migration is gone.',
        fix: restart,
      },
    ])
}

function outcomeOf(
  error: unknown,
  { hasBegun }: { hasBegun: boolean },
  signal: AbortSignal | undefined,
): Outcome {
  if (hasBegun || signal?.aborted === true) return 'interrupted'
  if (isRefusal(error)) return 'refused'
  throw error
}

function problemsOf(error: unknown): readonly Problem[] {
  if (isFreedaError(error) && 'problems' in error.data) return error.data.problems
  const isStop = error instanceof Error && error.name === 'AbortError'
  if (isStop) return []
  const code = isFreedaError(error) ? error.code : 'failed'
  return [{ code, at: isFreedaError(error) ? error.code : 'error', message: reasonOf(error) }]
}

/** Puts the report beside the backup, if there is anything to be told of. */
async function withFile(job: Move, report: Draft, { hasBegun }: { hasBegun: boolean }): Promise<MoveReport> {
  if (!hasBegun) return report
  return { ...report, file: await writeReport(await job.makeFolder(), report) }
}
