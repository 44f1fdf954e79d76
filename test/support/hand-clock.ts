import type { Clock } from '../../src/station/ports.ts'
import { until } from './poll.ts'

/** A clock that stands still until a test moves it. */
export interface HandClock extends Clock {
  /** Lets time pass. What falls due is run in order, and each time what it started is waited for. */
  advance(ms: number): Promise<void>
  /** Sets the machine's clock, as a person or a time service does: no time passes. */
  jump(byMs: number): void
  /** Lets time pass in one piece, as on a machine too busy to run anything. Nothing due is run yet. */
  leap(ms: number): void
}

/** Fast enough that a station hardly looks after its engine, whose threads live in real time. */
const fast = 600

/** `startAt`: what it shows at first, epoch ms. */
export function createHandClock(startAt: number, speed = fast): HandClock {
  let wall = startAt
  let passed = 0
  let timers: { at: number; run: () => void }[] = []

  /** A station's timers come again once their work is done, so the work is done when as many wait as before. */
  async function runNext(at: number, next: (typeof timers)[number]): Promise<void> {
    const waiting = timers.length
    timers = timers.filter((timer) => timer !== next)
    pass(at - passed)
    next.run()
    await until('the work of a timer is done', () => timers.length >= waiting)
  }

  async function advance(ms: number): Promise<void> {
    const end = passed + ms
    for (;;) {
      const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      await runNext(Math.max(next.at, passed), next)
    }
    pass(end - passed)
  }

  function pass(ms: number): void {
    wall += ms
    passed += ms
  }

  function after(delayMs: number, run: () => void): () => void {
    const timer = { at: passed + delayMs, run }
    timers.push(timer)
    return () => void (timers = timers.filter((other) => other !== timer))
  }

  return {
    speed,
    advance,
    after,
    now: () => wall,
    monotonic: () => passed,
    jump: (byMs) => void (wall += byMs),
    leap: pass,
  }
}
