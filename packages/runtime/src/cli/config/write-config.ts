import { basename } from 'node:path'
import type { PlannedApp } from '../../describe-app.ts'
import type { PlannedPlugin } from '../../plugins/plan.ts'
import { writeTable, type Column } from '../table.ts'
import type { Style, Terminal } from '../terminal.ts'
import type { ConfigValue, Origin } from './config-values.ts'

interface Row {
  readonly key: string
  readonly value: string
  readonly from: string
  readonly style: Style | undefined
}

/**
 * Writes a line for each value; those of a plugin stand under its name.
 * @param envFile variables that only `.env` sets
 */
export function writeConfig(
  terminal: Terminal,
  { plan }: PlannedApp,
  values: readonly ConfigValue[],
  envFile: ReadonlySet<string>,
): void {
  const tell = (from: Origin) => originText(from, basename(plan.file), envFile)
  const own = values.filter(({ plugin }) => plugin === undefined).map((value) => rowOf(value, '', tell))
  const plugins = plan.plugins.flatMap((plugin) => pluginRows(plugin, values, tell))
  writeTable(terminal, columns, [...own, ...plugins])
}

const columns: readonly Column<Row>[] = [
  { title: 'key', cell: ({ key }) => key, style: ({ style }) => style, shrinkTo: 24 },
  { title: 'value', cell: ({ value }) => value, shrinkTo: 16 },
  { title: 'from', cell: ({ from }) => from, style: () => 'dim' },
]

function pluginRows(
  { name, at }: PlannedPlugin,
  values: readonly ConfigValue[],
  tell: (from: Origin) => string,
): Row[] {
  const own = values.filter(({ path }) => path.startsWith(`${at}.`))
  const heading: Row = { key: name, value: '', from: at, style: 'bold' }
  return [heading, ...own.map((value) => rowOf(value, `${at}.`, tell))]
}

function rowOf({ path, value, from }: ConfigValue, under: string, tell: (from: Origin) => string): Row {
  const key = under === '' ? path : `  ${path.slice(under.length)}`
  return { key, value: valueText(value), from: tell(from), style: undefined }
}

const valueText = (value: unknown): string =>
  value === undefined ? '(not known)' : typeof value === 'string' ? value : JSON.stringify(value)

/** Where a value came from, in words. */
export function originText(from: Origin, file: string, envFile: ReadonlySet<string> = new Set()): string {
  switch (from.kind) {
    case 'default':
      return 'default'
    case 'file':
      return file
    case 'package':
      return 'package.json'
    case 'plugin':
      return 'the plugin'
    case 'variable':
      return variableText(from, envFile)
  }
}

function variableText(
  { name, secret, source }: Extract<Origin, { kind: 'variable' }>,
  envFile: ReadonlySet<string>,
): string {
  const called = secret ? `secret ${name}` : name
  switch (source) {
    case 'environment':
      return envFile.has(name) ? `${called} in .env` : called
    case 'FREEDA_SECRETS':
      return `${called} in FREEDA_SECRETS`
    case 'fallback':
      return `fallback of ${called}`
    case 'missing':
      return `${called}, which is not set`
    case 'invalid':
      return `${called}, which is wrong`
  }
}
