import { resolve } from 'node:path'
import { describePlan } from '../../describe-app.ts'
import { defineCommand, sharedOptions, UsageError } from '../command.ts'
import { drawSvg } from '../graph/draw-svg.ts'
import { mermaid } from '../graph/mermaid.ts'
import { pluginGraph } from '../graph/plugin-graph.ts'
import { renderPng } from '../graph/render-png.ts'
import { writeOutput } from '../write-output.ts'

export const command = defineCommand({
  description: `Draws which plugin needs what of which. Prints Mermaid, which GitHub and many editors show as a picture; --svg and --png write a
picture of its own. Reads the plan only; no plugin runs, and variables may be unset.

A PNG needs @resvg/resvg-js in the project, and a font on the machine.`,
  options: {
    ...sharedOptions,
    svg: { type: 'string', value: 'FILE', summary: 'write an SVG, for light and dark pages' },
    png: { type: 'string', value: 'FILE', summary: 'write a PNG' },
  },
  envFile: 'reported',
  examples: ['freeda graph', 'freeda graph --svg docs/plugins.svg', 'freeda graph --json'],
  async run({ options, terminal }) {
    const { config: file, json = false, svg, png } = options
    if (json && (svg !== undefined || png !== undefined))
      throw new UsageError('--svg and --png write a picture, --json prints the graph: say one of them.')
    const { plan } = await describePlan(file === undefined ? {} : { file })
    const graph = pluginGraph(plan)
    if (json) terminal.json(graph)
    else if (svg === undefined && png === undefined) terminal.out.write(mermaid(graph))
    if (svg !== undefined) await write(svg, drawSvg(graph, { adaptive: true }))
    if (png !== undefined)
      await write(png, await renderPng(drawSvg(graph, { adaptive: false }), plan.directory))
    return 0

    async function write(to: string, picture: string | Uint8Array): Promise<void> {
      const path = resolve(to)
      await writeOutput(path, picture)
      terminal.line(`Wrote ${path}.`)
    }
  },
})
