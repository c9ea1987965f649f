import type { GraphEdge, GraphNode, PluginGraph } from './plugin-graph.ts'

/** The graph as a Mermaid flowchart. Source: https://mermaid.js.org/syntax/flowchart.html */
export function mermaid({ nodes, edges }: PluginGraph): string {
  const ids = new Map(nodes.map(({ name }, i) => [name, `p${i}`]))
  const lines = [
    ...nodes.map((node) => `  ${ids.get(node.name)}${shape(node)}`),
    ...edges.map((edge) => `  ${ids.get(edge.from)} ${arrow(edge)} ${ids.get(edge.to)}`),
    ...nodes
      .filter(({ critical }) => !critical)
      .map(({ name }) => `  style ${ids.get(name)} stroke-dasharray: 5 5`),
  ]
  return `flowchart TB\n${lines.join('\n')}\n`
}

function shape({ name, collections, isStore }: GraphNode): string {
  const text = [name, ...(collections.length === 0 ? [] : [collections.join(', ')])].map(escaped).join('<br>')
  return isStore ? `[("${text}")]` : `["${text}"]`
}

const arrow = ({ service, optional }: GraphEdge): string =>
  optional ? `-. "${escaped(service)}" .->` : `-- "${escaped(service)}" -->`

const escaped = (text: string): string =>
  text.replaceAll('&', '#amp;').replaceAll('"', '#quot;').replaceAll('<', '#lt;')
