/** Tells of every request that is sent, on a diagnostics channel: what an app asks DynamoDB for, and what for. */
import { channel } from 'node:diagnostics_channel'

/**
 * What a request belongs to: the app's own calls (`work`), checking or making the table (`verify`, `create`), everything
 * out or in (`export`, `import`), or building indexes (`reindex`).
 */
export type Purpose = 'work' | 'verify' | 'create' | 'export' | 'import' | 'reindex'

/** A message of the channel `freeda:dynamodb:request`; one for each attempt. */
export interface RequestMessage {
  readonly purpose: Purpose
  /** E.g. `GetItemCommand`. */
  readonly command: string
  /** As client-dynamodb takes it. */
  readonly input: object
}

export const requestChannel = channel('freeda:dynamodb:request')
