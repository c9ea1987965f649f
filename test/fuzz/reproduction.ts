/** What a failed search tells: the seed, and the smallest history as a test that can be pasted. */
import { inspect } from 'node:util'

/** Source text that makes a value again. */
export function toSource(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Date) return `new Date(${value.getTime()})`
  if (value instanceof Uint8Array) return `new Uint8Array([${value.join(', ')}])`
  if (Array.isArray(value)) return `[${value.map(toSource).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    return `{ ${members.map(([key, member]) => `${keyText(key)}: ${toSource(member)}`).join(', ')} }`
  }
  return value === undefined ? 'undefined' : JSON.stringify(value)
}

const keyText = (key: string) => (/^[a-z]\w*$/i.test(key) ? key : JSON.stringify(key))

const show = (value: unknown) => inspect(value, { depth: 10, breakLength: 110 })

export const differenceText = (at: number, step: unknown, want: unknown, got: unknown): string =>
  `step ${at + 1}, ${toSource(step)}:\nexpected ${show(want)}\nbut got  ${show(got)}`

interface Failure {
  readonly seed: number
  readonly path: string | null
  readonly why: string
  /** The beginning of the call that replays it. */
  readonly call: string
  readonly steps: readonly unknown[]
}

export function reproduction({ seed, path, why, call, steps }: Failure): string {
  const lines = steps.map((step) => `    ${toSource(step)},`)
  return [
    `seed ${seed}, path ${path ?? ''}`,
    why,
    '',
    `it('replays what seed ${seed} found', async () => {`,
    `  expect(await ${call}, [`,
    ...lines,
    '  ])).toBeUndefined()',
    '})',
  ].join('\n')
}
