import type { Clock, Log } from '../../../../src/station/ports.ts'

/** A clock that stands still until it is moved; whatever falls due is run in order. */
export function createHandClock(speed = 1): Clock & { advance(ms: number): void } {
  let now = 1_800_000_000_000
  let timers: { at: number; run: () => void }[] = []

  function advance(ms: number): void {
    const end = now + ms
    for (;;) {
      const due = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      timers = timers.filter((timer) => timer !== due)
      now = due.at
      due.run()
    }
    now = end
  }

  function after(delayMs: number, run: () => void): () => void {
    const timer = { at: now + delayMs, run }
    timers.push(timer)
    return () => {
      timers = timers.filter((other) => other !== timer)
    }
  }

  return { speed, now: () => now, monotonic: () => now, after, advance }
}

export const quietLog: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
