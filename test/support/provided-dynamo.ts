/** The DynamoDB that `dynamo-server.ts` started for the files of a project. */
import { inject } from 'vitest'

export interface ProvidedDynamo {
  readonly name: string
  readonly endpoint: string
  readonly hasTransactions: boolean
}

declare module 'vitest' {
  interface ProvidedContext {
    dynamo?: ProvidedDynamo
  }
}

/** Absent in projects whose apps keep their documents in memory or in files. */
export const dynamo = inject('dynamo')
