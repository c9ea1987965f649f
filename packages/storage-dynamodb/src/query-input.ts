/** Requests for a range of one partition. Pure. */
import type { AttributeValue, QueryCommandInput } from '@aws-sdk/client-dynamodb'
import type { DriverQuery } from '@freeda/runtime/driver'
import { textAttribute } from './item.ts'

/** One partition of the table or of an index, in order. */
export interface Section {
  readonly table: string
  /** Absent: the table itself, strongly consistent. */
  readonly slot?: string | undefined
  readonly partition: string
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly order: DriverQuery['order']
}

export const sortName = ({ slot }: Section): string => (slot === undefined ? 'sk' : `${slot}sk`)

/** `to` is not in the range, but DynamoDB's BETWEEN has both ends: who reads the answer leaves it out. */
export function queryInput(section: Section, limit: number): QueryCommandInput {
  const { table, slot, partition, from, to, order } = section
  const values: Record<string, AttributeValue> = { ':partition': textAttribute(partition) }
  if (from !== undefined) values[':from'] = textAttribute(from)
  if (to !== undefined) values[':to'] = textAttribute(to)
  const names = slot === undefined ? { pk: 'pk', sk: 'sk' } : { pk: `${slot}pk`, sk: `${slot}sk` }
  return {
    TableName: table,
    ...(slot === undefined ? { ConsistentRead: true } : { IndexName: slot }),
    KeyConditionExpression: `${names.pk} = :partition${rangeCondition(names.sk, from, to)}`,
    ExpressionAttributeValues: values,
    ScanIndexForward: order === 'asc',
    Limit: limit,
  }
}

function rangeCondition(name: string, from: string | undefined, to: string | undefined): string {
  if (from !== undefined && to !== undefined) return ` AND ${name} BETWEEN :from AND :to`
  if (from !== undefined) return ` AND ${name} >= :from`
  return to === undefined ? '' : ` AND ${name} < :to`
}
