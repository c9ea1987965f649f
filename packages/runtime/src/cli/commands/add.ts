import { readConfig } from '../../config/load-config.ts'
import { addPackage } from '../add/add-package.ts'
import { defineCommand, sharedOptions } from '../command.ts'

export const command = defineCommand({
  description: `Installs a published plugin with the package manager of the project, and adds it to the config. It looks whether the package exports a
Freeda plugin that fits this version before the config is touched. When something fails, it says what was done until then.`,
  arguments: [{ name: 'PACKAGE', summary: 'a package, maybe with a version' }],
  options: {
    plugin: {
      type: 'string',
      value: 'NAME',
      summary: 'which of its exports, where it has more than one plugin',
    },
    'no-install': { type: 'boolean', summary: 'it is installed already' },
    config: sharedOptions.config,
  },
  examples: ['freeda add @freeda/health', 'freeda add @freeda/auth --plugin apiKeys'],
  async run({ options, args: [spec = ''], terminal }) {
    const { file } = await readConfig(process.cwd(), options.config, async () => ({}))
    return addPackage({
      spec,
      configFile: file,
      plugin: options.plugin,
      skipInstall: options['no-install'] === true,
      terminal,
    })
  },
})
