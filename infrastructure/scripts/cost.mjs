#!/usr/bin/env node
/** Prints what an environment costs a month, from its parameter file. Asks nobody: the prices are in cost/prices.mjs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { bill } from './cost/bill.mjs'
import { pricedAt } from './cost/prices.mjs'
import { assumed } from './cost/traffic.mjs'

const help = `Usage: node infrastructure/scripts/cost.mjs ENVIRONMENT [options]

What the environment of infrastructure/parameters/ENVIRONMENT.json costs a month.

Options:
  --requests N   requests a month (${assumed.requests})
  --tasks N      tasks on average (the file's MinTasks)
  --json         lines and total as JSON
  --markdown     the table for a document
  --help         this text

Examples:
  node infrastructure/scripts/cost.mjs production
  node infrastructure/scripts/cost.mjs low-cost --requests 5000000
`

const folder = new URL('../parameters/', import.meta.url)

function misunderstood(message) {
  process.stderr.write(`${message}\n\n${help}`)
  process.exit(2)
}

function readCommandLine() {
  const flag = { type: 'boolean', default: false }
  const text = { type: 'string' }
  const options = { requests: text, tasks: text, json: flag, markdown: flag, help: flag }
  try {
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    return misunderstood(error.message)
  }
}

function count(name, value, fallback) {
  if (value === undefined) return fallback
  if (!/^\d+$/.test(value)) misunderstood(`--${name} is a whole number, not "${value}".`)
  return Number(value)
}

function readParameters(environment) {
  const known = readdirSync(folder).map((name) => name.replace(/\.json$/, ''))
  if (environment === undefined) misunderstood(`Say which environment: ${known.join(', ')}.`)
  const file = new URL(`${environment}.json`, folder)
  if (!known.includes(environment) || !existsSync(file))
    misunderstood(
      `There is no infrastructure/parameters/${environment}.json. There are: ${known.join(', ')}.`,
    )
  return JSON.parse(readFileSync(file, 'utf8'))
}

const dollars = (amount) => amount.toFixed(2)
const amount = (quantity) => quantity.toLocaleString('en-US', { maximumFractionDigits: 2 })

/** One secret, two secrets. */
const inWords = (quantity, unit) => (quantity === 1 ? unit.replace(/^(secret|metric)s$/, '$1') : unit)

const rows = ({ lines, total }) => [
  ...lines.map(({ what, quantity, unit, monthly }) => [
    what,
    `${amount(quantity)} ${inWords(quantity, unit)}`,
    dollars(monthly),
  ]),
  ['total', '', dollars(total)],
]

function asText(environment, result, { requests }) {
  const table = rows(result)
  const width = (column) => Math.max(...table.map((row) => row[column].length))
  const lines = table.map(
    ([what, quantity, monthly]) =>
      `  ${what.padEnd(width(0))}  ${quantity.padEnd(width(1))}  ${monthly.padStart(width(2))}`,
  )
  return `What ${environment} costs a month, in US dollars, with ${amount(requests)} requests:

${lines.join('\n')}

List prices of us-east-1 (${pricedAt}), written down and not fetched; without taxes and free allowances.
`
}

const asMarkdown = (result) =>
  [
    '| what | how much | $ a month |',
    '| --- | --- | ---: |',
    ...rows(result).map((row) => `| ${row.join(' | ')} |`),
  ].join('\n')

function main() {
  const { values, positionals } = readCommandLine()
  if (values.help) return help
  if (positionals.length > 1) misunderstood(`One environment at a time, not ${positionals.join(', ')}.`)
  const environment = positionals[0]
  const parameters = readParameters(environment)
  const traffic = { ...assumed, requests: count('requests', values.requests, assumed.requests) }
  const tasks = count('tasks', values.tasks, undefined)
  const result = bill({ ...parameters, ...(tasks !== undefined && { MinTasks: tasks }) }, traffic)
  if (values.json) return `${JSON.stringify({ environment, traffic, ...result }, null, 2)}\n`
  return values.markdown ? `${asMarkdown(result)}\n` : asText(environment, result, traffic)
}

process.stdout.write(main())
