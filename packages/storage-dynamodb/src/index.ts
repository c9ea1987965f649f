/** `@freeda/storage-dynamodb`: the storage for production. */
export { dynamodb, dynamodb as default } from './plugin.ts'
export { openDynamoDriver, reindexDynamo } from './on-demand.ts'
export type { DynamoDriverOptions } from './dynamo-driver.ts'
export type { ReindexOptions } from './reindex-table.ts'
export type { PrepareMode } from './prepare.ts'
export type { SlotAssignment } from './layout.ts'
export type { Log } from './log.ts'
