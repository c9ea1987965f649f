/** `@freeda/runtime/driver`: what authors of storage drivers need beside the contract in `@freeda/runtime`. */
export { FreedaError, isFreedaError } from './errors.ts'
export type {
  CollectionInfo,
  DriverAction,
  DriverCall,
  DriverDocument,
  DriverQuery,
  Expected,
  ExportedDocument,
  IndexEntry,
  JsonObject,
  JsonValue,
  Placement,
} from './storage.ts'
export { DeclaredCollections, StorageDriver, StorageUse } from './storage.ts'
export { collectionInfo } from './storage/collection-info.ts'
export { documentProblem } from './storage/import-documents.ts'
export { byteOrdered, compareKeys, encodeKey, successor } from './storage/keys.ts'
export { itemBytes } from './storage/limits.ts'
export { memoryDriver } from './storage/memory-driver.ts'
export {
  memoryTables,
  type MemoryTables,
  type TableChange,
  type TableEntry,
} from './storage/memory-tables.ts'
export { openStorage, type OpenStorageOptions } from './storage/open-storage.ts'
