/** The picture of a graph. Pure; no fonts, no scripts, nothing from elsewhere. */
import { fontSize, iconWidth, nameBaseline, padding, pill, textWidth, type CardLine } from './card.ts'
import { layOut, type Line, type PlacedCard, type Point } from './lay-out.ts'
import type { PluginGraph } from './plugin-graph.ts'

export interface DrawOptions {
  /** Whether it follows the colours of whoever looks at it; a picture of pixels cannot. */
  readonly adaptive: boolean
}

const margin = 32
const headHeight = 56
const footHeight = 30

export function drawSvg(graph: PluginGraph, { adaptive }: DrawOptions): string {
  const { width, height, cards, lines } = layOut(graph)
  const title = `${graph.name} ${graph.version}`
  const legend = legendOf(graph)
  const whole = {
    width: Math.ceil(Math.max(width, textWidth(legend, fontSize.small), textWidth(title, 18)) + 2 * margin),
    height: Math.ceil(height + headHeight + footHeight + 2 * margin),
  }
  const left = (whole.width - width) / 2
  const body = [...lines.map(lineSvg), ...cards.map(cardSvg)]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${whole.width}" height="${whole.height}" viewBox="0 0 ${whole.width} ${whole.height}" role="img" aria-labelledby="title desc">
<title id="title">${escaped(`The plugins of ${title}`)}</title>
<desc id="desc">${escaped(describe(graph))}</desc>
<style>${style}${adaptive ? darkStyle : ''}</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0.8 7.4 4 0 7.2z"/></marker><marker id="tip-store" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip-store" d="M0 0.8 7.4 4 0 7.2z"/></marker></defs>
<rect class="page" width="${whole.width}" height="${whole.height}" rx="16"/>
<text class="title" x="${margin}" y="${margin + 17}">${escaped(graph.name)}<tspan class="quiet" dx="10">${escaped(graph.version)}</tspan></text>
<g transform="translate(${round(left)} ${margin + headHeight})">
${body.join('\n')}
</g>
<text class="small quiet" x="${margin}" y="${whole.height - margin + 6}">${escaped(legend)}</text>
</svg>
`
}

function legendOf({ nodes, edges, mode }: PluginGraph): string {
  const parts = [
    `${nodes.length} ${nodes.length === 1 ? 'plugin' : 'plugins'} in ${mode}`,
    ...(edges.length === 0 ? [] : ['a line goes from who needs a service to who provides it']),
    ...(edges.some(({ optional }) => optional) ? ['dotted when it may be missing'] : []),
  ]
  return parts.join(' · ')
}

/** For those who cannot see it. */
const describe = ({ nodes, edges }: PluginGraph): string =>
  [
    ...nodes.map(({ name }) => name),
    ...edges.map(
      ({ from, to, service, optional }) => `${from} ${optional ? 'may use' : 'needs'} ${service} of ${to}`,
    ),
  ].join('. ')

function lineSvg({ edge, points, toStore }: Line): string {
  const classes = ['line', ...(toStore ? ['to-store'] : []), ...(edge.optional ? ['optional'] : [])]
  return `<path class="${classes.join(' ')}" d="${curve(points)}" marker-end="url(#${toStore ? 'tip-store' : 'tip'})"/>`
}

/** Leaves and arrives upright. */
function curve([start, ...rest]: readonly Point[]): string {
  let at = start!
  const parts = [`M${round(at.x)} ${round(at.y)}`]
  for (const next of rest) {
    const bend = (next.y - at.y) * 0.5
    parts.push(
      Math.abs(next.x - at.x) < 0.5
        ? `V${round(next.y)}`
        : `C${round(at.x)} ${round(at.y + bend)} ${round(next.x)} ${round(next.y - bend)} ${round(next.x)} ${round(next.y)}`,
    )
    at = next
  }
  return parts.join('')
}

function cardSvg(card: PlacedCard): string {
  const { x, y, width, height, node, lines, pills } = card
  const kind = node.isStore ? 'store' : 'plugin'
  const baseline = nameBaseline(card)
  return [
    `<g transform="translate(${round(x)} ${round(y)})">`,
    `<rect class="shadow" x="0" y="2" width="${width}" height="${height}" rx="12"/>`,
    `<rect class="card ${kind}${node.critical ? '' : ' optional'}" width="${width}" height="${height}" rx="12"/>`,
    `<text class="name" x="${padding}" y="${baseline}">${escaped(node.name)}</text>`,
    ...(node.version === null
      ? []
      : [
          `<text class="small quiet end" x="${width - padding}" y="${baseline}">${escaped(node.version)}</text>`,
        ]),
    ...lines.map(textSvg),
    ...pills.map(
      (token) =>
        `<rect class="pill ${kind}" x="${round(token.x - token.width / 2)}" y="${-pill.height / 2}" width="${round(token.width)}" height="${pill.height}" rx="${pill.height / 2}"/><text class="token ${kind}" x="${round(token.x)}" y="3.7">${escaped(token.service)}</text>`,
    ),
    '</g>',
  ].join('')
}

function textSvg({ kind, text, y }: CardLine): string {
  const shown = (x: number, classes: string) =>
    `<text class="small ${classes}" x="${x}" y="${y}">${escaped(text)}</text>`
  if (kind !== 'collection') return shown(padding, kind === 'note' ? 'quiet italic' : 'quiet')
  return `<path class="icon" transform="translate(${padding} ${y - 9})" d="${cylinder}"/>${shown(padding + iconWidth, '')}`
}

/** Ten by ten: what databases are drawn as. */
const cylinder =
  'M0.5 2C0.5 0.2 9.5 0.2 9.5 2V8C9.5 9.8 0.5 9.8 0.5 8ZM0.5 2C0.5 3.8 9.5 3.8 9.5 2M0.5 5C0.5 6.8 9.5 6.8 9.5 5'

const mono = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
const style = `
text{font-family:${mono};fill:#1f2430}
.title{font-size:18px;font-weight:700}
.title tspan{font-size:13px;font-weight:400}
.name{font-size:${fontSize.name}px;font-weight:700}
.small{font-size:${fontSize.small}px}
.token{font-size:${fontSize.pill}px;text-anchor:middle}
.end{text-anchor:end}.italic{font-style:italic}
.quiet{fill:#6b7285}
.page{fill:#f7f8fb}
.card{fill:#ffffff;stroke:#d5d9e5;stroke-width:1.2}.card.store{stroke:#8fcfc3}
.card.optional{stroke-dasharray:5 4}
.shadow{fill:#1f2a55;opacity:.06}
.pill{fill:#eef0ff;stroke:#bcc3f5}.pill.store{fill:#e3f6f2;stroke:#8fcfc3}
.token{fill:#3d46b2}.token.store{fill:#0d6b5c}
.line{fill:none;stroke:#8e96d8;stroke-width:1.6}.line.to-store{stroke:#7cc2b5}
.line.optional{stroke-dasharray:2 4;stroke-linecap:round}
.tip{fill:#8e96d8}.tip-store{fill:#7cc2b5}
.icon{fill:none;stroke:#7cc2b5}
`
const darkStyle = `@media (prefers-color-scheme:dark){
text{fill:#e6e8f0}.quiet{fill:#9aa1b5}
.page{fill:#12141b}.card{fill:#1b1e28;stroke:#353a4d}.card.store{stroke:#2f6d62}.shadow{opacity:0}
.pill{fill:#262b4d;stroke:#454d8c}.pill.store{fill:#143731;stroke:#2f6d62}
.token{fill:#b9c0ff}.token.store{fill:#8fdccd}
.line{stroke:#5d66b8}.line.to-store{stroke:#3c8a7c}.tip{fill:#5d66b8}.tip-store{fill:#3c8a7c}.icon{stroke:#3c8a7c}
}
`

const round = (value: number): number => Math.round(value * 10) / 10

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
