/** What keeps documents from being moved. Pure. */
import { FreedaError, isFreedaError, type Problem } from '../errors.ts'
import type { MoveRules } from './move.ts'
import type { Survey } from './survey.ts'

export const refuse = (problems: readonly Problem[]): FreedaError =>
  new FreedaError('FREEDA_MIGRATION_REFUSED', { problems })

const refusals: ReadonlySet<string> = new Set([
  'FREEDA_MIGRATION_REFUSED',
  'FREEDA_BACKUP_DAMAGED',
  'FREEDA_STORAGE_LOCKED',
])

/** Tells what somebody has to decide about from what failed. */
export const isRefusal = (error: unknown): boolean => isFreedaError(error) && refusals.has(error.code)

/** @param report - of a move that brought them there. Whoever was cut off at the end of one may not know that it was done. */
export const targetNotEmpty = (target: string, report: string | undefined): Problem => ({
  code: 'target_not_empty',
  at: target,
  message: `there are documents already.${report === undefined ? '' : ` This move was done before, as ${report} says.`}`,
  fix: 'Name an empty one. To add to what is there: --non-empty; documents that differ are then left as they are, unless --conflict says otherwise.',
})

/** Everything that the survey of a source has against moving it. */
export function movable(
  { documents, collections, invalid, notUnique }: Survey,
  source: string,
  rules: Pick<MoveRules, 'undeclared' | 'invalid'>,
): Problem[] {
  const problems: Problem[] = []
  if (documents === 0 && invalid.total === 0)
    problems.push({
      code: 'source_empty',
      at: source,
      message: 'there are no documents.',
      fix: 'Look whether it is the right one.',
    })
  if (rules.undeclared === 'refuse')
    for (const { name, documents } of collections.filter(({ declared }) => !declared))
      problems.push({
        code: 'collection_undeclared',
        at: name,
        message: `no plugin of the config declares this collection; it has ${documents} ${documents === 1 ? 'document' : 'documents'}.`,
        fix: 'Add the plugin, or choose: --undeclared carry (taken along, without indexes) or --undeclared skip (left behind).',
      })
  // Which of two is left out is not for a program to say.
  if (notUnique > 0)
    problems.push({
      code: 'documents_not_unique',
      at: source,
      message: `${notUnique} ${notUnique === 1 ? 'document has a value' : 'documents have values'} that must be unique, and that others have too.`,
      fix: 'They are listed; --invalid skip does not help here.',
    })
  if (rules.invalid === 'refuse' && invalid.total > notUnique)
    problems.push({
      code: 'documents_invalid',
      at: source,
      message: `${invalid.total} ${invalid.total === 1 ? 'document is' : 'documents are'} not valid.`,
      fix: 'They are listed; correct them, or leave them out with --invalid skip.',
    })
  return problems
}
