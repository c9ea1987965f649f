/** What outlives its request: streams of events, and WebSockets. */

/** How long what is still to be sent may take once the server wants to stop. */
export const goAwayMs = 2_000

/** A connection that stays open until one side closes it. */
export interface LiveConnection {
  /** Tells the client to reconnect elsewhere, and ends; after {@link goAwayMs} at the latest. */
  goAway(): void
  /** Cuts it. */
  cut(): void
}

/** All of one app. */
export interface LiveConnections {
  readonly open: Set<LiveConnection>
  /** Nobody new any more. */
  leaving: boolean
}

export const liveConnections = (): LiveConnections => ({ open: new Set(), leaving: false })

/** Asks everybody to go; whoever comes later is sent away at once. */
export function sendAway(live: LiveConnections): void {
  live.leaving = true
  for (const connection of live.open) connection.goAway()
}

export function cutAll(live: LiveConnections): void {
  for (const connection of live.open) connection.cut()
}
