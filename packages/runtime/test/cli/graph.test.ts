import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignRanks } from '../../src/cli/graph/assign-ranks.ts'
import { drawSvg } from '../../src/cli/graph/draw-svg.ts'
import { layOut, type PlacedCard } from '../../src/cli/graph/lay-out.ts'
import { mermaid } from '../../src/cli/graph/mermaid.ts'
import { crossingsOf, orderRows } from '../../src/cli/graph/order-rows.ts'
import { spread } from '../../src/cli/graph/place-rows.ts'
import type { GraphNode, PluginGraph } from '../../src/cli/graph/plugin-graph.ts'
import { renderPng } from '../../src/cli/graph/render-png.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const node = (name: string, extra: Partial<GraphNode> = {}): GraphNode => ({
  name,
  version: null,
  prefix: `/${name}`,
  critical: true,
  isStore: false,
  collections: [],
  provides: [],
  ...extra,
})
const desk: PluginGraph = {
  name: 'desk & <co>',
  version: '1.0.0',
  mode: 'development',
  nodes: [
    node('store', { isStore: true, provides: ['freeda.storage'] }),
    node('mail', { provides: ['acme.mail'], critical: false }),
    node('tickets', { collections: ['tickets', 'messages'], version: '2.1.0' }),
    node('health'),
  ],
  edges: [
    { from: 'tickets', to: 'store', service: 'freeda.storage', optional: false },
    { from: 'tickets', to: 'mail', service: 'acme."mail"', optional: true },
  ],
}

/** Any graph that plugins can make: each needs only some of those before it. */
const graphs = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 16 })
  .map((all): PluginGraph => ({
    ...desk,
    nodes: all.map((_, i) => node(`p${i}`, { provides: [`t${i}`] })),
    edges: all.flatMap((needs, i) =>
      i === 0
        ? []
        : [...new Set(needs.map((need) => need % i))].map((need) => ({
            from: `p${i}`,
            to: `p${need}`,
            service: `t${need}`,
            optional: false,
          })),
    ),
  }))

const overlap = (a: PlacedCard, b: PlacedCard) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

describe('the graph of plugins', () => {
  it('is Mermaid, with cylinders for stores, dots for what may be missing, and nothing to escape from', () => {
    expect(mermaid(desk)).toBe(`flowchart TB
  p0[("store")]
  p1["mail"]
  p2["tickets<br>tickets, messages"]
  p3["health"]
  p2 -- "freeda.storage" --> p0
  p2 -. "acme.#quot;mail#quot;" .-> p1
  style p1 stroke-dasharray: 5 5
`)
  })

  it('has whoever is needed below, and no card on another', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { cards, lines, width, height } = layOut(graph)
        const at = new Map(cards.map((card) => [card.node.name, card]))
        for (const { from, to } of graph.edges) expect(at.get(from)!.y).toBeLessThan(at.get(to)!.y)
        for (const [i, a] of cards.entries()) {
          expect(a.x).toBeGreaterThanOrEqual(-0.01)
          expect(a.x + a.width).toBeLessThanOrEqual(width + 0.01)
          expect(a.y + a.height).toBeLessThanOrEqual(height + 0.01)
          for (const b of cards.slice(i + 1)) expect(overlap(a, b)).toBe(false)
        }
        for (const { points } of lines)
          for (const [i, point] of points.slice(1).entries()) expect(point.y).toBeGreaterThan(points[i]!.y)
      }),
      { numRuns: 60 },
    )
  })

  it('has rows that are not too wide', () => {
    const names = Array.from({ length: 8 }, (_, i) => `n${i}`)
    expect(assignRanks(names, [], 3).map((row) => row.length)).toEqual([3, 3, 2])
  })

  it('is ordered so that lines do not cross where that can be', () => {
    const rows = [
      ['x', 'y', 'z'],
      ['a', 'b', 'c'],
    ]
    const links = [
      { from: 'a', to: 'z' },
      { from: 'b', to: 'x' },
      { from: 'c', to: 'y' },
    ]
    expect(crossingsOf(rows, links)).toBe(2)
    expect(crossingsOf(orderRows(rows, links), links)).toBe(0)
  })

  it('places boxes as near as can be to where they want to be', () => {
    const boxes = [10, 10, 10].map((width) => ({ width, weight: 1 }))
    expect(spread(boxes, [0, 50, 100], 2)).toEqual([0, 50, 100])
    expect(spread(boxes, [50, 50, 50], 2)).toEqual([38, 50, 62])
  })
})

describe('the picture of a graph', () => {
  it('says in words what it shows, escapes what it shows, and stands alone', () => {
    const svg = drawSvg(desk, { adaptive: true })
    expect(svg).toContain('<title id="title">The plugins of desk &amp; &lt;co&gt; 1.0.0</title>')
    expect(svg).toContain('tickets needs freeda.storage of store')
    expect(svg).toContain('prefers-color-scheme:dark')
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|<script|<image/)
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  })

  it('can be empty', () => {
    expect(drawSvg({ ...desk, nodes: [], edges: [] }, { adaptive: false })).toContain('0 plugins')
  })

  it('becomes pixels where the project has what that needs, and says what it needs elsewhere', async () => {
    const svg = drawSvg(desk, { adaptive: false })
    const [, width] = /width="(\d+)"/.exec(svg)!
    const png = Buffer.from(await renderPng(svg, import.meta.dirname))
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    expect(png.readUInt32BE(16)).toBe(Number(width) * 2)
    await expect(renderPng(svg, await temporaryFolder())).rejects.toThrow(
      'npm install --save-dev @resvg/resvg-js',
    )
  })
})
