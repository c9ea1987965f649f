/** Where a message stands in its conversation: what a client gives back to go on from there. */
import type { StoredMessage } from '../tickets/message.ts'

export interface Position {
  readonly createdAt: string
  readonly id: string
}

/** For `id:` of an event, e.g. `2026-03-14T09:26:53.590Z_0195…`. */
export const positionText = ({ createdAt, id }: Position): string => `${createdAt}_${id}`

const pattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_(.{1,200})$/

/** Undefined for what is no position: such a client gets everything, rather than nothing. */
export function parsePosition(text: string | undefined): Position | undefined {
  const [, createdAt, id] = pattern.exec(text ?? '') ?? []
  return createdAt === undefined || id === undefined ? undefined : { createdAt, id }
}

/** In the order in which messages are stored: by time, then by id. */
export const isAfter = (message: StoredMessage, position: Position): boolean =>
  message.createdAt === position.createdAt ? message.id > position.id : message.createdAt > position.createdAt
