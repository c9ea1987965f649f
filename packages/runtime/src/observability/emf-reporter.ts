/** Writes one EMF document an interval, and a last one when the app stops. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { emfCounters, emfDocument, type EmfSettings } from './emf.ts'

export interface EmfReporter {
  /** @param seconds undefined: not timed. */
  record(status: number, seconds: number | undefined): void
  /** Writes what is left and stops; once. */
  close(): void
}

interface Surroundings {
  readonly inFlight: () => number
  /** Takes one line of JSON without its end. */
  readonly write: (line: string) => void
}

/** How often the event loop is looked at. */
const resolutionMs = 20

export function emfReporter(settings: EmfSettings, { inFlight, write }: Surroundings): EmfReporter {
  const counters = emfCounters()
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()

  function report(): void {
    // What is measured is how late a timer of that resolution came, and it counts the resolution itself.
    const eventLoopLagMs = delay.count === 0 ? 0 : Math.max(0, Math.round(delay.max / 1e6) - resolutionMs)
    delay.reset()
    const snapshot = counters.take({ eventLoopLagMs, inFlight: inFlight() })
    write(JSON.stringify(emfDocument(settings, snapshot, Date.now())))
  }

  const timer = setInterval(report, settings.intervalSeconds * 1_000)
  timer.unref()
  let closed = false
  return {
    record: counters.record,
    close() {
      if (closed) return
      closed = true
      clearInterval(timer)
      report()
      delay.disable()
    },
  }
}
