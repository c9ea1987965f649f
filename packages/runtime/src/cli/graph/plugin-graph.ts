/** The plugins of an app and what they need of each other, as a graph. Pure. */
import { runtimeProvider } from '../../plugins/connect-plugins.ts'
import type { Plan } from '../../plugins/plan.ts'
import { StorageDriver } from '../../storage.ts'
import { pluginFacts } from '../plugins/plugin-facts.ts'

export interface GraphNode {
  readonly name: string
  readonly version: string | null
  readonly prefix: string
  readonly critical: boolean
  /** Whether it provides the app's store. */
  readonly isStore: boolean
  readonly collections: readonly string[]
  /** Ids of tokens. */
  readonly provides: readonly string[]
}

/** `from` needs `service`, which `to` provides. */
export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly service: string
  readonly optional: boolean
}

export interface PluginGraph {
  readonly name: string
  readonly version: string
  readonly mode: string
  /** In order of setup. */
  readonly nodes: readonly GraphNode[]
  /** Without what the runtime itself provides: that would be an arrow from everywhere. */
  readonly edges: readonly GraphEdge[]
}

export function pluginGraph(plan: Pick<Plan, 'name' | 'version' | 'mode' | 'plugins'>): PluginGraph {
  const facts = pluginFacts(plan)
  return {
    name: plan.name,
    version: plan.version,
    mode: plan.mode,
    nodes: facts.map(({ name, version, prefix, critical, collections, provides }) => ({
      name,
      version,
      prefix,
      critical,
      isStore: provides.some(({ service }) => service === StorageDriver.id),
      collections: collections.map((collection) => collection.name),
      provides: provides.map(({ service }) => service),
    })),
    edges: facts.flatMap(({ name, needs }) =>
      needs.flatMap(({ service, provider, optional }) =>
        provider === null || provider === runtimeProvider
          ? []
          : [{ from: name, to: provider, service, optional }],
      ),
    ),
  }
}
