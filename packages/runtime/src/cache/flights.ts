/** What is being looked up or loaded in this process, so that a key is loaded once for all who ask meanwhile. */

export interface Flight {
  readonly tags: readonly string[]
  readonly beganMs: number
  result: Promise<unknown>
  /** Written, deleted, invalidated or begun anew since it began: what it loads is for those who wait already, and for nobody else. */
  outdated: boolean
}

export interface Flights {
  /** What is under way for a key, if it may still be joined. */
  find(key: string): Promise<unknown> | undefined
  begin(key: string, tags: readonly string[], fly: (flight: Flight) => Promise<unknown>): Promise<unknown>
  outdateKey(key: string): void
  outdateTag(tag: string): void
}

/** A load that hangs must not hold up those who ask later. */
const longestMs = 30_000

export function createFlights(): Flights {
  const flights = new Map<string, Flight>()

  function outdate(key: string, flight: Flight): void {
    flight.outdated = true
    flights.delete(key)
  }

  return {
    find(key) {
      const flight = flights.get(key)
      return flight !== undefined && performance.now() - flight.beganMs < longestMs
        ? flight.result
        : undefined
    },
    begin(key, tags, fly) {
      const flight: Flight = { tags, beganMs: performance.now(), result: Promise.resolve(), outdated: false }
      // Nobody could outdate the one that hangs once it is out of reach: it must not come back after a deletion.
      const replaced = flights.get(key)
      if (replaced !== undefined) replaced.outdated = true
      flights.set(key, flight)
      flight.result = fly(flight).finally(() => {
        if (flights.get(key) === flight) flights.delete(key)
      })
      return flight.result
    },
    outdateKey(key) {
      const flight = flights.get(key)
      if (flight !== undefined) outdate(key, flight)
    },
    outdateTag(tag) {
      for (const [key, flight] of flights) if (flight.tags.includes(tag)) outdate(key, flight)
    },
  }
}
