/** What it costs to write documents to DynamoDB, and to read them back. Pure. */
import type { CollectionInfo, Placement } from '../storage.ts'

export interface DynamoUnits {
  /** Write request units. */
  readonly write: number
  /** Read request units. */
  readonly read: number
}

const writeUnitBytes = 1024
const readUnitBytes = 4096

/**
 * Of one document: its item, one more for each index that it is in, and one unit for each unique value. It is read back
 * twice, by its key and in a scan.
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export function dynamoUnits(collection: CollectionInfo, placement: Placement, bytes: number): DynamoUnits {
  const own = Math.ceil(bytes / writeUnitBytes)
  let write = own
  for (const { name, unique } of collection.indexes)
    if (Object.hasOwn(placement.entries, name)) write += unique ? 1 : own
  return { write, read: Math.ceil(bytes / readUnitBytes) + bytes / readUnitBytes }
}

/**
 * US dollars for a million units, on demand, standard table class, us-east-1.
 * Source: https://aws.amazon.com/dynamodb/pricing/on-demand/
 */
const dollarsAMillion = { write: 0.625, read: 0.125 }

/** What a new table takes a second, on demand. Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html */
const unitsASecond = { write: 4000, read: 12_000 }

export interface DynamoEstimate {
  readonly writeUnits: number
  readonly readUnits: number
  readonly dollars: number
  readonly seconds: number
}

/** @param surveySeconds how long it took to read the source once; it is read once more, and so is the backup, twice */
export function dynamoEstimate({ write, read }: DynamoUnits, surveySeconds: number): DynamoEstimate {
  return {
    writeUnits: write,
    readUnits: Math.ceil(read),
    dollars: (write * dollarsAMillion.write + read * dollarsAMillion.read) / 1e6,
    seconds: write / unitsASecond.write + read / unitsASecond.read + surveySeconds * 4,
  }
}
