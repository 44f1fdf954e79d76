import type { Clock } from './ports.ts'

/** A jump of the machine's clock against the time that really passed. */
export interface ClockJump {
  at: number
  byMs: number
}

/**
 * Time that never goes back, so that slots stay in order whatever happens to the machine's clock. After the
 * clock was set back, station time goes on from where it was, ahead of the clock by what was taken away.
 */
export interface StationClock {
  now(): number
  /** Compares the clock with the time that passed; returns a jump once, when one is found. */
  check(): ClockJump | null
}

/** Smaller steps are the usual corrections of a time service. Milliseconds of station time. */
const jumpMs = 15_000

/** `notBefore`: the time an earlier run of this station had reached, epoch ms. */
export function createStationClock(clock: Clock, notBefore = 0): StationClock {
  let aheadMs = Math.max(0, notBefore - clock.now())
  let latest = 0
  let last = { wall: clock.now(), monotonic: clock.monotonic() }

  function check(): ClockJump | null {
    const wall = clock.now()
    const monotonic = clock.monotonic()
    const byMs = wall - last.wall - (monotonic - last.monotonic)
    last = { wall, monotonic }
    if (Math.abs(byMs) < jumpMs * Math.max(1, clock.speed / 60)) return null
    if (byMs < 0) aheadMs -= byMs
    return { at: Math.round(wall + aheadMs), byMs }
  }

  /** Until `check` has found a step back, time stands still rather than going back with it. Whole milliseconds. */
  function now(): number {
    latest = Math.max(latest, Math.round(clock.now() + aheadMs))
    return latest
  }

  return { now, check }
}
