/** What a migration, a backup or a restoration says of itself when it is over. */
import type { Problem } from '../errors.ts'
import type { CopyCounts } from './copy.ts'
import type { DynamoEstimate } from './dynamo-cost.ts'
import type { SurveyedCollection } from './survey.ts'

/**
 * - `done`: every document is at the target, and was read back.
 * - `planned`: a dry run found nothing in the way.
 * - `refused`: nothing was written.
 * - `unverified`: something at the target is not as at the source; `problems` says what.
 * - `interrupted`: the same command goes on where this one stopped.
 */
export type Outcome = 'done' | 'planned' | 'refused' | 'unverified' | 'interrupted'

export interface ReportedBackup {
  readonly file: string
  readonly bytes: number
  readonly documents: number
  readonly sha256: string
}

export interface MoveReport {
  readonly outcome: Outcome
  readonly from: string
  readonly to: string
  readonly startedAt: string
  readonly seconds: number
  readonly documents: number
  /** As DynamoDB counts items. */
  readonly bytes: number
  readonly collections: readonly SurveyedCollection[]
  /** Whether it went on with what an earlier run had begun. */
  readonly resumed: boolean
  readonly backup?: ReportedBackup
  readonly counts?: CopyCounts
  readonly verified?: {
    readonly same: number
    readonly newer: number
    readonly expired: number
    readonly extra: number
  }
  /** Of writing it all to DynamoDB, when the target is one. */
  readonly estimate?: DynamoEstimate
  /** Documents that the declared collections cannot hold: how many, and the first thousand of them. */
  readonly invalid?: { readonly count: number; readonly listed: readonly Problem[] }
  /** What is in the way or went wrong: how many, and the first thousand of them. */
  readonly problemCount: number
  readonly problems: readonly Problem[]
  /** Where this report was written to. */
  readonly file?: string
}
