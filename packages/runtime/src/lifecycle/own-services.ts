/** Services of the runtime of which each plugin gets one of its own. */
import { Bus } from '../bus.ts'
import { Cache } from '../cache.ts'
import { appBuses } from './app-buses.ts'
import { appCaches } from './app-caches.ts'
import type { SetUpTools } from './set-up-plugins.ts'

/** By the id of the token; given the name of the plugin. */
export type OwnServices = ReadonlyMap<string, (plugin: string) => unknown>

/** @param isRehearsal nothing is to be seen outside */
export const ownServices = (tools: SetUpTools, isRehearsal = false): OwnServices =>
  new Map<string, (plugin: string) => unknown>([
    [Cache.id, appCaches(tools)],
    [Bus.id, appBuses(tools, isRehearsal)],
  ])
