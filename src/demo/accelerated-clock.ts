import type { Clock } from '../station/ports.ts'

/** A clock that stands still until it is released, then runs faster than the machine's. */
export interface AcceleratedClock extends Clock {
  release(): void
}

/** `startAt`: what it shows until it is released, epoch ms. `speed`: its milliseconds in a real one. */
export function createAcceleratedClock(startAt: number, speed: number): AcceleratedClock {
  let releasedAt: number | null = null

  function elapsed(): number {
    return releasedAt === null ? 0 : (performance.now() - releasedAt) * speed
  }

  return {
    speed,
    now: () => Math.floor(startAt + elapsed()),
    monotonic: elapsed,
    /** Timers run at the accelerated pace even while the clock stands: work that waits must not stand with it. */
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs / speed)
      return () => clearTimeout(timer)
    },
    release() {
      releasedAt ??= performance.now()
    },
  }
}
