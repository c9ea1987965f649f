/** Random trouble between a driver and its table. */
import {
  serverError,
  throttling,
  type Fault,
  type FaultProxy,
  type ProxiedRequest,
} from '../../packages/storage-dynamodb/test/fault-proxy.ts'

/** A little of everything; throttling is rare, because the SDK then waits for half a second. */
const kinds: readonly Fault[] = [
  { kind: 'lose-answer' },
  { kind: 'lose-answer' },
  { kind: 'lose-answer' },
  { kind: 'reset' },
  { kind: 'reset' },
  serverError,
  serverError,
  { kind: 'hang' },
  { kind: 'hang', isForwarded: true },
  { kind: 'hang', isForwarded: true },
  { kind: 'drip', everyMs: 1 },
  throttling,
]

/** Which requests may get into trouble. */
export type Among = (operation: string) => boolean

/** Deletions and what looks after them: no other write is lost. */
export const deletionsAndReads: Among = (operation) => /^(DeleteItem|GetItem|BatchGetItem)$/.test(operation)

/** @param share of the requests that get into trouble. */
export function randomFaults(random: () => number, share: number, among: Among = () => true) {
  return ({ operation }: ProxiedRequest): Fault | undefined => {
    if (!among(operation) || random() >= share) return undefined
    if (operation.startsWith('Batch') && random() < 0.3) return { kind: 'unprocessed', done: 1 }
    return kinds[Math.floor(random() * kinds.length)]
  }
}

/** Trouble through a proxy for as long as clients are at work. */
export const trouble = (proxy: FaultProxy, random: () => number, share: number, among?: Among) => () => {
  proxy.inject(randomFaults(random, share, among))
  return async () => {
    proxy.inject()
    await proxy.settled()
  }
}
