/** Puts the nodes of a graph without circles into rows: whoever is needed stands below whoever needs it. Pure. */

export interface Link {
  /** Stands above. */
  readonly from: string
  /** Stands below. */
  readonly to: string
}

/**
 * @param nodes each after all that it needs
 * @param mostInRow a row that is full sends the next node one row up
 * @returns rows from the lowest to the highest
 */
export function assignRanks(nodes: readonly string[], links: readonly Link[], mostInRow: number): string[][] {
  const rows: string[][] = []
  const rankOf = new Map<string, number>()
  for (const node of nodes) {
    const below = links.filter(({ from }) => from === node).map(({ to }) => rankOf.get(to) ?? 0)
    let rank = below.length === 0 ? 0 : Math.max(...below) + 1
    while ((rows[rank]?.length ?? 0) >= mostInRow) rank++
    // A node without links may have skipped rows that nobody is in yet.
    while (rows.length <= rank) rows.push([])
    rows[rank]!.push(node)
    rankOf.set(node, rank)
  }
  return rows
}
