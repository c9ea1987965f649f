/**
 * What every storage driver must do, as cases for any test runner:
 * `for (const c of storageConformance({ create })) it(c.name, { skip: c.skip !== undefined }, c.run)`.
 */
import type { CollectionInfo, StorageDriver } from '../storage.ts'
import { concurrencyCases } from './conformance/concurrency.ts'
import { documentCases } from './conformance/documents.ts'
import { expiryCases } from './conformance/expiry.ts'
import {
  conformanceCollections,
  openFixture,
  testClock,
  type Capability,
  type Case,
} from './conformance/fixture.ts'
import { indexCases } from './conformance/indexes.ts'
import { keyCases } from './conformance/keys.ts'
import { lifecycleCases } from './conformance/lifecycle.ts'
import { limitCases } from './conformance/limits.ts'
import { pageCases } from './conformance/pages.ts'
import { transactionCases } from './conformance/transactions.ts'
import { uniqueCases } from './conformance/unique.ts'
import { valueCases } from './conformance/values.ts'

/** A store made for one case. */
export interface ConformanceStore {
  readonly driver: StorageDriver
  /** Opens the same store anew; called after `driver` was closed. Needed unless `reopen` is declared missing. */
  reopen?(): Promise<StorageDriver>
  /** Waits until indexes show every acknowledged write. Called before each query of an index. */
  settle?(): Promise<void>
  /** Removes the store. Called once, after the driver was closed, also when the case failed. */
  dispose?(): Promise<void>
}

export interface StorageConformanceOptions {
  /**
   * Makes a fresh, empty store.
   * @param setup.collections everything that the cases use.
   * @param setup.clock Unix milliseconds, moved by the cases; for drivers that remove expired documents by themselves.
   */
  create(setup: {
    readonly collections: readonly CollectionInfo[]
    readonly clock: () => number
  }): Promise<ConformanceStore> | ConformanceStore
  /** `false` for what the driver cannot do; its cases are skipped, with the reason. */
  readonly capabilities?: Readonly<Partial<Record<Capability, boolean>>>
}

export interface ConformanceCase {
  /** A sentence, unique in the suite. */
  readonly name: string
  readonly group: string
  /** Why the case is not to be run. */
  readonly skip?: string
  run(): Promise<void>
}

const groups: Readonly<Record<string, readonly Case[]>> = {
  documents: documentCases,
  values: valueCases,
  keys: keyCases,
  indexes: indexCases,
  'unique indexes': uniqueCases,
  pages: pageCases,
  concurrency: concurrencyCases,
  transactions: transactionCases,
  limits: limitCases,
  expiry: expiryCases,
  lifecycle: lifecycleCases,
}

/** The suite. Every case makes its own store, so that cases can run in any order. */
export function storageConformance(options: StorageConformanceOptions): ConformanceCase[] {
  return Object.entries(groups).flatMap(([group, cases]) => cases.map((each) => toCase(group, each, options)))
}

function toCase(
  group: string,
  { name, needs = [], run }: Case,
  options: StorageConformanceOptions,
): ConformanceCase {
  const missing = needs.filter((capability) => options.capabilities?.[capability] === false)
  return {
    name,
    group,
    ...(missing.length > 0 && {
      skip: `the driver declares ${missing.map((each) => `${each}: false`).join(', ')}`,
    }),
    run: () => runCase(run, options),
  }
}

async function runCase(run: Case['run'], { create }: StorageConformanceOptions): Promise<void> {
  const clock = testClock()
  const store = await create({ collections: conformanceCollections, clock: clock.now })
  try {
    const fixture = openFixture(store, clock)
    await run(fixture)
    await fixture.close()
  } finally {
    await store.driver.close()
    await store.dispose?.()
  }
}
