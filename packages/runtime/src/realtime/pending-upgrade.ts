/** The connection that a request wants to take over. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

export interface Upgrade {
  /** Left alone until the handshake. */
  readonly connection: Duplex
  /** What came behind the request. */
  readonly head: Buffer
}

const upgradeOf = Symbol('freeda.upgrade')
type Upgradable = IncomingMessage & { [upgradeOf]?: Upgrade }

/** Undefined for ordinary requests. */
export const upgradeIn = (req: Upgradable): Upgrade | undefined => req[upgradeOf]

export function setUpgrade(req: Upgradable, upgrade: Upgrade): void {
  req[upgradeOf] = upgrade
}
