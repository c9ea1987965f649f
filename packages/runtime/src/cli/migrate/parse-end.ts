/** Reads how a command names a store or an old file. */
import type { FileEnd, StoreEnd } from '../../migrate-app.ts'
import { UsageError } from '../command.ts'

/** Short names of Freeda's own stores, with the option that a bare text stands for. */
const builtIn = {
  json: { name: '@freeda/storage-json', option: 'directory' },
  dynamodb: { name: '@freeda/storage-dynamodb', option: 'table' },
} as const

const forms = 'config, json:FOLDER, dynamodb:TABLE, or PACKAGE:{…options as JSON…}'

/** @throws UsageError */
export function parseStore(text: string | undefined, option: string): StoreEnd {
  if (text === undefined || text === 'config') return { kind: 'config' }
  const match = /^((?:@[^/:]+\/)?[^:{]+)(?::(.*))?$/s.exec(text)
  const [, name = '', rest = ''] = match ?? []
  if (name === '') throw new UsageError(`${option} is "${text}", which names no store: use ${forms}.`)
  const known = Object.hasOwn(builtIn, name) ? builtIn[name as keyof typeof builtIn] : undefined
  if (rest === '') return { kind: 'plugin', text, name: known?.name ?? name, options: {} }
  if (rest.startsWith('{'))
    // What is in the options may be nobody else's business.
    return {
      kind: 'plugin',
      text: `${name}:{…}`,
      name: known?.name ?? name,
      options: parseOptions(rest, option),
    }
  if (known === undefined)
    throw new UsageError(
      `${option} is "${text}": the options of ${name} must be JSON, e.g. ${name}:{"url":"…"}.`,
    )
  return { kind: 'plugin', text, name: known.name, options: { [known.option]: rest } }
}

/** @throws UsageError */
export function parseSource(text: string | undefined): StoreEnd | FileEnd {
  if (text?.startsWith('file:') !== true) return parseStore(text, '--from')
  const hash = text.lastIndexOf('#')
  const path = text.slice('file:'.length, hash)
  const collection = text.slice(hash + 1)
  if (hash === -1 || path === '' || collection === '')
    throw new UsageError(`--from is "${text}": say which collection it is, e.g. file:tickets.json#tickets.`)
  return { kind: 'file', text, path, collection }
}

function parseOptions(text: string, option: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${option}: the options are not valid JSON: ${(error as Error).message}`)
  }
}
