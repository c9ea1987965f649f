/** What the card of one plugin shows, and how large that makes it. Pure. */
import type { GraphNode } from './plugin-graph.ts'

/** Width of a character by the size of the font: that of DejaVu Sans Mono, Menlo and SF Mono, all about the same. */
const charWidth = 0.603

export const fontSize = { name: 14, small: 11, pill: 10.5 } as const
export const pill = { height: 20, padding: 9, gap: 8 } as const
export const padding = 16
const lineHeight = 17
const nameHeight = 20

export interface Card {
  readonly node: GraphNode
  readonly width: number
  readonly height: number
  /** From top to bottom, under the name. */
  readonly lines: readonly CardLine[]
  /** Sit on the upper edge; the middle of each, from the card's left. */
  readonly pills: readonly { readonly service: string; readonly x: number; readonly width: number }[]
}

export interface CardLine {
  readonly kind: 'prefix' | 'collection' | 'note'
  readonly text: string
  /** Of its baseline, from the card's top. */
  readonly y: number
}

export const textWidth = (text: string, size: number): number => [...text].length * size * charWidth

/** More would make a card higher than it is telling. */
const mostCollections = 6
/** Before the name of a collection stands its picture. */
export const iconWidth = 16
const leastWidth = 132

export function cardOf(node: GraphNode): Card {
  const texts = textsOf(node)
  const pillWidths = node.provides.map((service) => textWidth(service, fontSize.pill) + 2 * pill.padding)
  const pillsWidth = pillWidths.reduce((sum, width) => sum + width + pill.gap, -pill.gap)
  const width = Math.ceil(
    Math.max(
      leastWidth,
      pillsWidth + padding,
      textWidth(node.name, fontSize.name) +
        (node.version === null ? 0 : textWidth(node.version, fontSize.small) + 14) +
        2 * padding,
      ...texts.map(
        ({ kind, text }) =>
          textWidth(text, fontSize.small) + (kind === 'collection' ? iconWidth : 0) + 2 * padding,
      ),
    ),
  )
  const top = padding + (node.provides.length === 0 ? 0 : 5)
  const lines = texts.map((line, i) => ({ ...line, y: top + nameHeight + i * lineHeight + 11 }))
  let left = (width - pillsWidth) / 2
  const pills = node.provides.map((service, i) => {
    const own = pillWidths[i]!
    const x = left + own / 2
    left += own + pill.gap
    return { service, x, width: own }
  })
  return { node, width, height: top + nameHeight + texts.length * lineHeight + padding - 3, lines, pills }
}

/** Of the baseline of the name, from the card's top. */
export const nameBaseline = ({ node }: Card): number => padding + (node.provides.length === 0 ? 0 : 5) + 11

function textsOf({ prefix, isStore, collections, critical }: GraphNode): Omit<CardLine, 'y'>[] {
  const shown = collections.slice(
    0,
    collections.length > mostCollections ? mostCollections - 1 : mostCollections,
  )
  const more = collections.length - shown.length
  return [
    // A store has no routes; of others only their setup knows.
    { kind: 'prefix', text: isStore ? 'storage' : prefix },
    ...shown.map((text) => ({ kind: 'collection' as const, text })),
    ...(more === 0 ? [] : [{ kind: 'note' as const, text: `and ${more} more` }]),
    ...(critical ? [] : [{ kind: 'note' as const, text: 'not critical' }]),
  ]
}
