/** The plugins that an installed package exports. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { isPluginFactory, type PluginFactory } from '../../plugin.ts'

export interface ExportedPlugin {
  readonly factory: PluginFactory
  /** What to import; `default` only when it has no name of its own. */
  readonly exported: string
  readonly isDefault: boolean
}

/** @param parent a file of the project that has the package */
export async function readPlugins(name: string, parent: string): Promise<ExportedPlugin[]> {
  const module = (await import(await resolvePackage(name, parent))) as Readonly<Record<string, unknown>>
  const named = Object.entries(module).filter(([key]) => key !== 'default')
  const found: ExportedPlugin[] = []
  for (const [exported, factory] of [...named, ['default', module['default']] as const])
    if (isPluginFactory(factory) && !found.some((one) => one.factory === factory))
      found.push({ factory, exported, isDefault: factory === module['default'] })
  return found
}

async function resolvePackage(name: string, parent: string): Promise<string> {
  try {
    return pathToFileURL(createRequire(parent).resolve(name)).href
  } catch {
    // What has only an `import` condition is not seen by `require`.
    const { createJiti } = await import('jiti')
    return createJiti(parent, { fsCache: false }).esmResolve(name)
  }
}
