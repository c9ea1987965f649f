/** Which IAM actions requests need, by what they are for: recorded from what is sent. */
import { subscribe } from 'node:diagnostics_channel'
import { fileURLToPath } from 'node:url'
import type { Purpose, RequestMessage } from '../src/request-channel.ts'

export interface RecordedAction {
  /** E.g. `dynamodb:GetItem`. */
  readonly action: string
  readonly on: 'table' | 'index'
}

export type ActionsByPurpose = Partial<Record<Purpose, RecordedAction[]>>

/** The file that the task role of `infrastructure/` is held to. */
export const actionsFile = fileURLToPath(
  new URL('../../../infrastructure/dynamodb-actions.json', import.meta.url),
)

const purposes: readonly Purpose[] = ['work', 'verify', 'create', 'export', 'import', 'reindex']

/** Records from now on. @returns what was recorded so far, each once, in order. */
export function recordActions(): () => ActionsByPurpose {
  const recorded = new Map<Purpose, Set<string>>(purposes.map((purpose) => [purpose, new Set()]))
  subscribe('freeda:dynamodb:request', (message) => {
    const { purpose, command, input } = message as RequestMessage
    for (const action of actionsOf(command, input)) recorded.get(purpose)!.add(action)
  })
  return () => Object.fromEntries([...recorded].map(([purpose, found]) => [purpose, sorted(found)]))
}

const sorted = (found: ReadonlySet<string>): RecordedAction[] =>
  [...found].toSorted().map((text) => {
    const [action, on] = text.split(' ')
    return { action: `dynamodb:${action}`, on: on === 'index' ? 'index' : 'table' }
  })

interface Input {
  readonly IndexName?: string
  readonly TransactItems?: readonly object[]
}

/** Of a transaction each part needs its own; none has the name of the request. Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html */
const partActions: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
}

function actionsOf(command: string, { IndexName, TransactItems }: Input): string[] {
  if (TransactItems === undefined)
    return [`${command.replace(/Command$/, '')} ${IndexName === undefined ? 'table' : 'index'}`]
  return TransactItems.flatMap((part) => Object.keys(part).map((kind) => `${partActions[kind]} table`))
}
