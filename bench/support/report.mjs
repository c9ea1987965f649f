/** Prints the figures of a benchmark: one JSON line a case, and whether each reached what it must. */

/** The middle of some numbers. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

const rounded = (value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value)

/**
 * Prints one case. `reach` says what the design demands of the ratio (or of the value when there is no ratio): `{ min }` or `{ max }`.
 * A case that does not reach it makes the process exit with 1.
 */
export function report({ reach, ...figures }) {
  const judged = figures.ratio ?? figures.value
  const ok =
    reach === undefined ? undefined : judged >= (reach.min ?? -Infinity) && judged <= (reach.max ?? Infinity)
  const line = Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, rounded(value)]))
  console.log(JSON.stringify({ ...line, ...(reach === undefined ? {} : { reach, ok }) }))
  if (ok === false) process.exitCode = 1
}
