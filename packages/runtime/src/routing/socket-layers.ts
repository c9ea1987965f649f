/** Which routes of a router are WebSockets. */
import type { PluginRouter } from '../http.ts'

type Layer = PluginRouter['stack'][number]

const layers = Symbol('freeda.sockets')
type Keeper = PluginRouter & { [layers]?: Layer[] }

export const socketLayersOf = (router: PluginRouter): readonly Layer[] => (router as Keeper)[layers] ?? []

export function keepSocketLayer(router: PluginRouter, layer: Layer): void {
  ;((router as Keeper)[layers] ??= []).push(layer)
}
