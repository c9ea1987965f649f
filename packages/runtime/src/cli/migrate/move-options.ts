/** The options that migrate and restore share. */
import type { ConflictRule, MoveRules } from '../../migrate-app.ts'
import { sharedOptions, UsageError, type CommandOption } from '../command.ts'

export const moveOptions = {
  'dry-run': {
    type: 'boolean',
    summary: 'only look: counts, bytes, cost and time; the target is not opened',
  },
  'non-empty': { type: 'boolean', summary: 'write to a target that has documents' },
  conflict: {
    type: 'string',
    value: 'RULE',
    summary: 'another document has the id at the target: keep it (default), newest, or source',
  },
  undeclared: {
    type: 'string',
    value: 'RULE',
    summary: 'collections that no plugin declares: refuse (default), carry, or skip',
  },
  invalid: {
    type: 'string',
    value: 'RULE',
    summary: 'documents that the collections cannot hold: refuse (default), or skip',
  },
  lanes: {
    type: 'string',
    value: 'N',
    summary: 'batches on their way at the same time, 1 to 64 (default 4)',
  },
  restart: { type: 'boolean', summary: 'forget what an interrupted run has begun' },
  ...sharedOptions,
} as const satisfies Readonly<Record<string, CommandOption>>

type Given = {
  readonly [K in keyof typeof moveOptions]?: (typeof moveOptions)[K]['type'] extends 'boolean'
    ? boolean
    : string
}

/** @throws UsageError */
export const parseRules = (given: Given): MoveRules => ({
  dryRun: given['dry-run'] === true,
  nonEmpty: given['non-empty'] === true,
  onConflict: oneOf('--conflict', given.conflict, ['keep', 'newest', 'source'] satisfies ConflictRule[]),
  undeclared: oneOf('--undeclared', given.undeclared, ['refuse', 'carry', 'skip']),
  invalid: oneOf('--invalid', given.invalid, ['refuse', 'skip']),
  lanes: parseLanes(given.lanes),
  restart: given.restart === true,
})

/** The first one when nothing is given. */
function oneOf<const T extends string>(option: string, given: string | undefined, allowed: readonly T[]): T {
  const found = given === undefined ? allowed[0] : allowed.find((each) => each === given)
  if (found === undefined) throw new UsageError(`${option} is "${given}"; use ${allowed.join(', ')}.`)
  return found
}

const maxLanes = 64

function parseLanes(given = '4'): number {
  const lanes = Number(given)
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > maxLanes)
    throw new UsageError(`--lanes is "${given}"; use a whole number from 1 to ${maxLanes}.`)
  return lanes
}
