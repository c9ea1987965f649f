/** Orders the nodes of each row so that few links cross. Pure. Source: barycentre sweeps of Sugiyama, Tagawa, Toda (1981). */
import type { Link } from './assign-ranks.ts'

const sweeps = 16

/**
 * @param rows from the lowest to the highest
 * @param links between neighbouring rows only
 */
export function orderRows(rows: readonly (readonly string[])[], links: readonly Link[]): string[][] {
  let current = rows.map((row) => [...row])
  let best = { rows: current, crossings: crossingsOf(current, links) }
  for (let i = 0; i < sweeps && best.crossings > 0; i++) {
    current = sweep(current, links, i % 2 === 0)
    const crossings = crossingsOf(current, links)
    if (crossings < best.crossings) best = { rows: current, crossings }
  }
  return best.rows
}

/** One row after the other goes by the mean position of its neighbours in the row before. */
function sweep(rows: readonly (readonly string[])[], links: readonly Link[], upwards: boolean): string[][] {
  const result = rows.map((row) => [...row])
  const order = upwards ? result.keys() : [...result.keys()].toReversed()
  for (const rank of order) {
    const fixed = result[rank + (upwards ? -1 : 1)]
    if (fixed === undefined) continue
    const position = new Map(fixed.map((node, i) => [node, i]))
    const weight = (node: string, own: number): number => {
      const near = links
        .flatMap(({ from, to }) => (upwards ? (from === node ? [to] : []) : to === node ? [from] : []))
        .flatMap((other) => position.get(other) ?? [])
      return near.length === 0 ? own : near.reduce((sum, at) => sum + at, 0) / near.length
    }
    const weighted = result[rank]!.map((node, i) => ({ node, weight: weight(node, i) }))
    result[rank] = weighted.toSorted((a, b) => a.weight - b.weight).map(({ node }) => node)
  }
  return result
}

/** How many pairs of links between neighbouring rows cross. */
export function crossingsOf(rows: readonly (readonly string[])[], links: readonly Link[]): number {
  let count = 0
  for (const [rank, upper] of rows.entries()) {
    const lower = rows[rank - 1]
    if (lower === undefined) continue
    const above = new Map(upper.map((node, i) => [node, i]))
    const below = new Map(lower.map((node, i) => [node, i]))
    const pairs = links
      .filter(({ from, to }) => above.has(from) && below.has(to))
      .map(({ from, to }) => [above.get(from)!, below.get(to)!] as const)
    for (const [i, [a, b]] of pairs.entries())
      for (const [c, d] of pairs.slice(i + 1)) if ((a - c) * (b - d) < 0) count++
  }
  return count
}
