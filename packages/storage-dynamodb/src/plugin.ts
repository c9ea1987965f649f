/** The plugin that provides the app's store. */
import {
  DeclaredCollections,
  definePlugin,
  optional,
  StorageDriver,
  StorageUse,
  type Mode,
} from '@freeda/runtime'
import { z } from 'zod'
import { slotCount } from './layout.ts'
import { openDynamoDriver } from './on-demand.ts'
import type { PrepareMode } from './prepare.ts'

const milliseconds = z.number().int().min(1)

const options = z.strictObject({
  /** Name of the table. */
  table: z
    .string()
    .regex(/^[A-Za-z0-9._-]{3,255}$/, 'must be a table name: 3 to 255 letters, digits, `.`, `_` and `-`'),
  /** Default: what the environment says (`AWS_REGION`, a profile). */
  region: z.string().min(1).optional(),
  /** Of an emulator (`http://localhost:8000`) or of a VPC; default: the region's. */
  endpoint: z.url().optional(),
  /** Makes the table, only checks it, or does nothing. Default: `verify` in production, `create` otherwise. */
  prepare: z.enum(['create', 'verify', 'none']).optional(),
  /** Attempts of a request, the first included. */
  maxAttempts: z.number().int().min(1).max(10).default(5),
  connectTimeoutMs: milliseconds.default(1000),
  /** Of one attempt of a request. */
  requestTimeoutMs: milliseconds.default(3000),
  /** Of one call of a collection, with all its attempts and pages. */
  callTimeoutMs: milliseconds.default(10_000),
  /** By collection and index: which of the table's five indexes (1–5) holds it. Default: the order of declaration. */
  slots: z
    .record(z.string(), z.record(z.string(), z.number().int().min(1).max(slotCount)))
    .refine(
      (slots) =>
        Object.values(slots).every((each) => new Set(Object.values(each)).size === Object.keys(each).length),
      'gives two indexes of one collection the same slot',
    )
    .default({}),
})

const prepareOf = ({ prepare }: { readonly prepare?: PrepareMode | undefined }, mode: Mode): PrepareMode =>
  prepare ?? (mode === 'production' ? 'verify' : 'create')

/** One DynamoDB table for all collections of the app: for production. */
export const dynamodb = definePlugin({
  name: 'storage-dynamodb',
  freeda: '^1.0.0',
  options,
  needs: { collections: DeclaredCollections, use: optional(StorageUse) },
  provides: { storage: StorageDriver },
  async setup({ options, mode, needs, health, log, onStop }) {
    const driver = await openDynamoDriver({
      ...options,
      // Who builds indexes must get in while they are missing.
      prepare: needs.use === 'reindex' ? 'none' : prepareOf(options, mode),
      collections: needs.collections,
      log,
    })
    onStop(() => driver.close())
    health.ready('storage', ({ signal }) => driver.health({ nowMs: Date.now(), signal }))
    return { storage: driver }
  },
  async doctor({ options, mode, collections }) {
    // The SDK is loaded only by what needs it.
    const { examineTable } = await import('./doctor.ts')
    return examineTable({ ...options, prepare: prepareOf(options, mode), collections })
  },
})
