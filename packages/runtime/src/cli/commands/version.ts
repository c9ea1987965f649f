import { defineCommand, sharedOptions } from '../command.ts'
import { readVersions } from '../version/read-versions.ts'

export const command = defineCommand({
  description:
    'Says what a report of a bug needs: the versions of Freeda, Node, the system and the packages of this project.',
  options: { json: sharedOptions.json },
  examples: ['freeda --version', 'freeda version --json'],
  async run({ options, terminal }) {
    const versions = await readVersions(process.cwd())
    if (options.json === true) {
      terminal.json(versions)
      return 0
    }
    const {
      freeda,
      node,
      system,
      packageManager = 'not known',
      config = 'none found from here',
      packages,
    } = versions
    const rows = [
      ['freeda', freeda],
      ['Node', node],
      ['system', system],
      ['package manager', packageManager],
      ['config', config],
      ...Object.entries(packages).map(([name, all]) => [name, [...new Set(all)].join(', ')] as const),
    ] as const
    const width = Math.max(...rows.map(([name]) => name.length))
    for (const [name, value] of rows) terminal.line(`${name.padEnd(width)}   ${value}`)
    return 0
  },
})
