/** `@freeda/storage-json`: the embedded storage. */
export { json, json as default } from './plugin.ts'
export { openJsonDriver, type JsonDriverOptions } from './json-driver.ts'
export type { Durability } from './journal.ts'
export type { Log } from './log.ts'
