/** Gives each node of ordered rows a place from left to right, near those that it is linked to. Pure. */
import type { Link } from './assign-ranks.ts'

export interface Box {
  readonly width: number
  /** How hard it pulls: long lines look best straight. */
  readonly weight: number
}

const sweeps = 24

/** @returns the middle of each node; the leftmost edge is at 0 */
export function placeRows(
  rows: readonly (readonly string[])[],
  links: readonly Link[],
  boxOf: (node: string) => Box,
  gap: number,
): Map<string, number> {
  const near = neighbours(links)
  const x = new Map<string, number>()
  for (const row of rows) for (const [node, at] of packed(row, boxOf, gap)) x.set(node, at)
  for (let i = 0; i < sweeps; i++)
    for (const row of i % 2 === 0 ? rows : rows.toReversed()) {
      const wanted = row.map(
        (node) => meanOf((near.get(node) ?? []).map((other) => x.get(other)!)) ?? x.get(node)!,
      )
      for (const [j, at] of spread(row.map(boxOf), wanted, gap).entries()) x.set(row[j]!, at)
    }
  const left = Math.min(...[...x].map(([node, at]) => at - boxOf(node).width / 2))
  return new Map([...x].map(([node, at]) => [node, at - left]))
}

function neighbours(links: readonly Link[]): Map<string, string[]> {
  const near = new Map<string, string[]>()
  for (const { from, to } of links) {
    near.set(from, [...(near.get(from) ?? []), to])
    near.set(to, [...(near.get(to) ?? []), from])
  }
  return near
}

const meanOf = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length

/** Side by side, around 0. */
function packed(
  row: readonly string[],
  boxOf: (node: string) => Box,
  gap: number,
): readonly (readonly [node: string, at: number])[] {
  const total = row.reduce((sum, node) => sum + boxOf(node).width + gap, -gap)
  let left = -total / 2
  return row.map((node) => {
    const { width } = boxOf(node)
    const at = left + width / 2
    left += width + gap
    return [node, at] as const
  })
}

/**
 * The places nearest to those that are wanted (by weighted squares) in which no box touches the next: an isotonic
 * regression, solved by pooling neighbours that would overlap.
 */
export function spread(boxes: readonly Box[], wanted: readonly number[], gap: number): number[] {
  const offsets: number[] = []
  for (const [i, box] of boxes.entries())
    offsets.push(i === 0 ? 0 : offsets[i - 1]! + (boxes[i - 1]!.width + box.width) / 2 + gap)
  const pools: { sum: number; weight: number; count: number }[] = []
  for (const [i, { weight }] of boxes.entries()) {
    pools.push({ sum: (wanted[i]! - offsets[i]!) * weight, weight, count: 1 })
    for (;;) {
      const [before, last] = [pools.at(-2), pools.at(-1)!]
      if (before === undefined || before.sum / before.weight <= last.sum / last.weight) break
      pools.splice(-2, 2, {
        sum: before.sum + last.sum,
        weight: before.weight + last.weight,
        count: before.count + last.count,
      })
    }
  }
  return pools
    .flatMap(({ sum, weight, count }) => Array.from({ length: count }, () => sum / weight))
    .map((base, i) => base + offsets[i]!)
}
