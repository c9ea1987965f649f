/** The table as it must be: the request that makes it, and how another differs. Pure. */
import type {
  CreateTableCommandInput,
  GlobalSecondaryIndexDescription,
  KeySchemaElement,
  TableDescription,
} from '@aws-sdk/client-dynamodb'
import type { Problem } from '@freeda/runtime'
import { slotName, slotNumbers } from './layout.ts'

export const ttlAttribute = 'ttl'

const keySchema = (partition: string, sort: string): KeySchemaElement[] => [
  { AttributeName: partition, KeyType: 'HASH' },
  { AttributeName: sort, KeyType: 'RANGE' },
]

const keyNames = (slot?: string) =>
  slot === undefined ? (['pk', 'sk'] as const) : ([`${slot}pk`, `${slot}sk`] as const)

/** One table for any set of plugins. It is paid by request. */
export function createTableInput(table: string): CreateTableCommandInput {
  const slots = slotNumbers.map(slotName)
  return {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [undefined, ...slots]
      .flatMap((slot) => [...keyNames(slot)])
      .map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: keySchema(...keyNames()),
    GlobalSecondaryIndexes: slots.map((slot) => ({
      IndexName: slot,
      KeySchema: keySchema(...keyNames(slot)),
      Projection: { ProjectionType: 'ALL' },
    })),
  }
}

const problem = (code: string, at: string, message: string, fix: string): Problem => ({
  code,
  at,
  message,
  fix,
})

const remake =
  'Make the table from the template of @freeda/storage-dynamodb and import the documents into it.'

/** Every difference between a real table and the one that is needed. */
export function tableDrift(table: string, description: TableDescription): Problem[] {
  const types = new Map(
    description.AttributeDefinitions?.map((each) => [each.AttributeName, each.AttributeType]),
  )
  const keys = (at: string, slot: string | undefined, found: readonly KeySchemaElement[] | undefined) => {
    const wanted = keySchema(...keyNames(slot))
    const isSame = wanted.every(
      ({ AttributeName, KeyType }) =>
        types.get(AttributeName) === 'S' &&
        found?.some((each) => each.AttributeName === AttributeName && each.KeyType === KeyType) === true,
    )
    const names = keyNames(slot)
    return isSame
      ? []
      : [
          problem(
            'table_keys',
            at,
            `its keys are not the strings \`${names[0]}\` and \`${names[1]}\`.`,
            remake,
          ),
        ]
  }
  return [
    ...keys(table, undefined, description.KeySchema),
    ...slotNumbers.flatMap((number) => {
      const slot = slotName(number)
      const at = `${table}.${slot}`
      const index = description.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === slot)
      if (index === undefined)
        return [
          problem(
            'table_index_missing',
            at,
            'the index does not exist.',
            `Add it to the table (keys \`${slot}pk\` and \`${slot}sk\`, strings; projection ALL).`,
          ),
        ]
      return [...keys(at, slot, index.KeySchema), ...indexDrift(at, index)]
    }),
  ]
}

function indexDrift(at: string, { Projection, IndexStatus }: GlobalSecondaryIndexDescription): Problem[] {
  const problems: Problem[] = []
  if (Projection?.ProjectionType !== 'ALL')
    problems.push(
      problem(
        'table_index_projection',
        at,
        `it projects ${Projection?.ProjectionType}, not ALL.`,
        'Delete the index and make it anew.',
      ),
    )
  if (IndexStatus === 'CREATING' || IndexStatus === 'DELETING')
    problems.push(
      problem('table_index_status', at, `it is ${IndexStatus}.`, 'Wait until DynamoDB has finished.'),
    )
  return problems
}

/** @param found the attribute that the table removes items by; undefined when it removes none. */
export const ttlDrift = (table: string, found: string | undefined): Problem[] =>
  found === ttlAttribute
    ? []
    : [
        problem(
          'table_ttl',
          `${table}.${ttlAttribute}`,
          found === undefined
            ? 'time to live is off, so that expired documents are never removed.'
            : `time to live is on \`${found}\`.`,
          `Turn time to live on for the attribute \`${ttlAttribute}\`.`,
        ),
      ]
