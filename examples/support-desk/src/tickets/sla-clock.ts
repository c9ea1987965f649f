/**
 * The SLA clock: how long a ticket may take until it is resolved. Pure; times are milliseconds, stored times are ISO.
 *
 * It runs while the ball is with us and is paused while it is not: waiting for the customer, resolved or closed. A
 * running clock is stored as the moment when it runs out, a paused one as what was left of it, so that neither has to
 * be written as time goes by. What was late stays late: a clock may be paused with less than nothing left.
 */
import { z } from 'zod'

export const SlaClock = z.object({
  slaState: z.enum(['running', 'paused']),
  /** While running. */
  dueAt: z.iso.datetime({ precision: 3 }).optional(),
  /** While paused; negative when late. */
  slaRemainingMs: z.number().int().optional(),
})
export type SlaClock = z.infer<typeof SlaClock>

export const runningClock = (remainingMs: number, nowMs: number): SlaClock => ({
  slaState: 'running',
  dueAt: new Date(nowMs + remainingMs).toISOString(),
  slaRemainingMs: undefined,
})

export const pausedClock = (remainingMs: number): SlaClock => ({
  slaState: 'paused',
  dueAt: undefined,
  slaRemainingMs: Math.round(remainingMs),
})

/** What is left; negative when late. */
export const remainingMs = (clock: SlaClock, nowMs: number): number =>
  clock.dueAt === undefined ? (clock.slaRemainingMs ?? 0) : Date.parse(clock.dueAt) - nowMs

/** The same time left, running or not. */
export const setRunning = (clock: SlaClock, running: boolean, nowMs: number): SlaClock =>
  running ? runningClock(remainingMs(clock, nowMs), nowMs) : pausedClock(remainingMs(clock, nowMs))

/** More time (or less), for instance because the priority changed. */
export const extended = (clock: SlaClock, byMs: number, nowMs: number): SlaClock => {
  const left = remainingMs(clock, nowMs) + byMs
  return clock.slaState === 'running' ? runningClock(left, nowMs) : pausedClock(left)
}
