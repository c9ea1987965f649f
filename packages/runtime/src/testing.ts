/** `@freeda/runtime/testing`: an app without a socket, fakes, and the suite that every storage driver passes. */
export { fake, testApp } from './testing/test-app.ts'
export type { Fake, TestApp, TestAppOptions, TestRequest } from './testing/test-app.ts'
export type { TestPrincipal } from './testing/act-as.ts'
export { storageConformance } from './testing/storage-conformance.ts'
export type {
  ConformanceCase,
  ConformanceStore,
  StorageConformanceOptions,
} from './testing/storage-conformance.ts'
