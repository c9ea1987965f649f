import { z } from 'zod'

/** Milliseconds, or a number with its unit: `'500ms'`, `'30s'`, `'2m'`, `'1h'`. */
export type Duration = number | `${number}ms` | `${number}s` | `${number}m` | `${number}h`

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/** Parses a {@link Duration} into whole milliseconds. */
export const durationMs = z.union([z.number(), z.string()]).transform((value, context) => {
  const match = typeof value === 'number' ? [value, value, 'ms'] : /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(value)
  const ms =
    match === null ? Number.NaN : Math.round(Number(match[1]) * unitMs[match[2] as keyof typeof unitMs])
  // setTimeout turns anything longer into 1 ms.
  if (ms >= 0 && ms <= 2 ** 31 - 1) return ms
  context.addIssue({
    code: 'custom',
    message: "expected milliseconds or a text such as '30s', '500ms', '2m'",
  })
  return z.NEVER
})
