/** The store of an app under test: the same tests run on the embedded store, and on DynamoDB in a project that has one. */
import { dynamodb } from '@freeda/storage-dynamodb'
import { json } from '@freeda/storage-json'
import type { PluginUse } from '@freeda/runtime'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { dynamo } from './provided-dynamo.ts'

export interface Store {
  /** The store as a plugin. */
  readonly plugin: PluginUse
  /** The same store, for the config of a process. */
  readonly environment: Readonly<Record<string, string>>
}

/** A new store that outlives its app; gone after the test. */
export function freshStore(): Store {
  if (dynamo === undefined) {
    const directory = mkdtempSync(join(tmpdir(), 'freeda-store-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    return { plugin: json({ directory }), environment: { DATA_DIR: directory } }
  }
  const { endpoint } = dynamo
  const table = `freeda-test-${randomUUID()}`
  return {
    plugin: dynamodb({ table, endpoint }),
    environment: { TABLE_NAME: table, AWS_ENDPOINT_URL_DYNAMODB: endpoint },
  }
}

/** A new store as plugins, for an app that nothing outlives: none is memory. */
export const quickStore = (): readonly PluginUse[] => (dynamo === undefined ? [] : [freshStore().plugin])
