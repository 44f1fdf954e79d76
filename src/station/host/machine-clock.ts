import type { Clock } from '../ports.ts'

/** The machine's own clock, at its own pace. */
export const machineClock: Clock = {
  speed: 1,
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}
