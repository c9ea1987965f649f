/** Where every card stands and every line runs. Pure. */
import { assignRanks, type Link } from './assign-ranks.ts'
import { cardOf, pill, type Card } from './card.ts'
import { orderRows } from './order-rows.ts'
import { placeRows, type Box } from './place-rows.ts'
import type { GraphEdge, PluginGraph } from './plugin-graph.ts'

export interface PlacedCard extends Card {
  readonly x: number
  readonly y: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Line {
  readonly edge: GraphEdge
  readonly toStore: boolean
  /** From the lower edge of the card that needs something to the token on the card that provides it. */
  readonly points: readonly Point[]
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly cards: readonly PlacedCard[]
  readonly lines: readonly Line[]
}

const mostInRow = 6
const columnGap = 36
const rowGap = 76
const aloneGap = 44
/** Where a line passes a row that it has no business in. */
const passing: Box = { width: 12, weight: 4 }

export function layOut({ nodes, edges }: PluginGraph): Layout {
  const cards = new Map(nodes.map((node) => [node.name, cardOf(node)]))
  const isLinked = (name: string) => edges.some(({ from, to }) => from === name || to === name)
  const names = nodes.map(({ name }) => name)
  const ranks = assignRanks(names.filter(isLinked), edges, mostInRow)
  const { rows, links, ways } = withPassings(ranks, edges)
  const linked = orderRows(rows, links)
  const alone = rowsOf(names.filter((name) => !isLinked(name)))
  const boxOf = (name: string): Box => {
    const card = cards.get(name)
    return card === undefined ? passing : { width: card.width, weight: 1 }
  }
  const middles = centred(
    placeRows(linked, links, boxOf, columnGap),
    placeRows(alone, [], boxOf, columnGap),
    boxOf,
  )
  const tops = rowTops([...alone, ...linked], cards, linked)
  const placed = new Map(
    [...cards].map(([name, card]) => [
      name,
      {
        ...card,
        x: middles.get(name)! - card.width / 2,
        y: tops.get(name)!.top + tops.get(name)!.height - card.height,
      },
    ]),
  )
  const lines = edges.map((edge) => lineOf(edge, { placed, middles, tops, edges, ways }))
  const all = [...placed.values()]
  return {
    width: Math.max(
      0,
      ...all.map(({ x, width }) => x + width),
      ...[...middles.values()].map((x) => x + passing.width),
    ),
    height: Math.max(0, ...all.map(({ y, height }) => y + height)),
    cards: all,
    lines,
  }
}

/** Plugins that nobody needs and that need nobody stand under the others. */
const rowsOf = (names: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(names.length / mostInRow) }, (_, row) =>
    names.slice(row * mostInRow, (row + 1) * mostInRow),
  )

/** Two pictures, each with the middle under that of the other. */
function centred(
  above: ReadonlyMap<string, number>,
  below: ReadonlyMap<string, number>,
  boxOf: (name: string) => Box,
): Map<string, number> {
  const widthOf = (places: ReadonlyMap<string, number>) =>
    Math.max(0, ...[...places].map(([name, x]) => x + boxOf(name).width / 2))
  const whole = Math.max(widthOf(above), widthOf(below))
  const shifted = (places: ReadonlyMap<string, number>) => {
    const shift = (whole - widthOf(places)) / 2
    return [...places].map(([name, x]) => [name, x + shift] as const)
  }
  return new Map([...shifted(above), ...shifted(below)])
}

/** A line over several rows gets a place in each that it passes, so that it crosses no card. */
function withPassings(ranks: readonly (readonly string[])[], edges: readonly GraphEdge[]) {
  const rows = ranks.map((row) => [...row])
  const rankOf = new Map(ranks.flatMap((row, rank) => row.map((name) => [name, rank] as const)))
  const links: Link[] = []
  const ways = new Map<GraphEdge, readonly string[]>()
  for (const [i, edge] of edges.entries()) {
    const way: string[] = []
    let above = edge.from
    for (let rank = rankOf.get(edge.from)! - 1; rank > rankOf.get(edge.to)!; rank--) {
      // No plugin has a name like this.
      const name = `${i}/${rank}`
      rows[rank]!.push(name)
      way.push(name)
      links.push({ from: above, to: name })
      above = name
    }
    links.push({ from: above, to: edge.to })
    ways.set(edge, way)
  }
  return { rows, links, ways }
}

interface Row {
  readonly top: number
  readonly height: number
}

function rowTops(
  rows: readonly (readonly string[])[],
  cards: ReadonlyMap<string, Card>,
  linked: readonly (readonly string[])[],
): Map<string, Row> {
  const tops = new Map<string, Row>()
  // Half of the tokens on the upper edge stand out.
  let top = pill.height / 2
  for (const row of rows.toReversed()) {
    const height = Math.max(0, ...row.map((name) => cards.get(name)?.height ?? 0))
    for (const name of row) tops.set(name, { top, height })
    // Lines need room; cards alone need less.
    top += height + (linked.includes(row) && row !== linked[0] ? rowGap : aloneGap)
  }
  return tops
}

interface Places {
  readonly placed: ReadonlyMap<string, PlacedCard>
  readonly middles: ReadonlyMap<string, number>
  readonly tops: ReadonlyMap<string, Row>
  readonly edges: readonly GraphEdge[]
  /** Which passings each line takes. */
  readonly ways: ReadonlyMap<GraphEdge, readonly string[]>
}

function lineOf(edge: GraphEdge, places: Places): Line {
  const { placed, middles, tops, ways } = places
  const from = placed.get(edge.from)!
  const to = placed.get(edge.to)!
  const token = to.pills.find(({ service }) => service === edge.service)
  const end = { x: to.x + (token?.x ?? to.width / 2), y: to.y - pill.height / 2 }
  const between = ways.get(edge)!.flatMap((name) => {
    const { top, height } = tops.get(name)!
    const x = middles.get(name)!
    return [
      { x, y: top - pill.height / 2 },
      { x, y: top + height },
    ]
  })
  const start = { x: from.x + portOf(edge, places), y: from.y + from.height }
  return { edge, toStore: to.node.isStore, points: [start, ...between, end] }
}

/** Lines leave a card side by side, in the order in which they go on. */
function portOf(edge: GraphEdge, { placed, middles, edges, ways }: Places): number {
  const { width } = placed.get(edge.from)!
  const own = edges.filter(({ from }) => from === edge.from)
  const aimOf = (each: GraphEdge): number => {
    const [passing] = ways.get(each)!
    const to = placed.get(each.to)!
    return passing === undefined
      ? to.x + (to.pills.find(({ service }) => service === each.service)?.x ?? to.width / 2)
      : middles.get(passing)!
  }
  const position = own.toSorted((a, b) => aimOf(a) - aimOf(b)).indexOf(edge)
  const step = Math.min(28, (width - 32) / own.length)
  return width / 2 + (position - (own.length - 1) / 2) * step
}
