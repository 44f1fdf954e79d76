import { setImmediate } from 'node:timers/promises'
import { slotMs } from '../../src/contract/model/time.ts'
import type { Clock } from '../../src/station/ports.ts'

/** A clock that stands still until a test moves it. For one station at a time. */
export interface HandClock extends Clock {
  /** Lets time pass. What falls due is run in order, and a turn of the station is waited for. */
  advance(ms: number): Promise<void>
  /** Sets the machine's clock, as a person or a time service does: no time passes. */
  jump(byMs: number): void
  /** Lets time pass in one piece, as on a machine too busy to run anything. Nothing due is run yet. */
  leap(ms: number): void
}

/** Fast enough that a station hardly looks after its engine, whose threads live in real time. */
const speed = 600

/** A station at this pace takes a turn so often. Nothing else in it waits for so short a time. */
const turnMs = slotMs / 20

/** Real milliseconds. */
const longestTurnMs = 30_000

interface Timer {
  at: number
  delayMs: number
  run(): void
}

/** `startAt`: what it shows at first, epoch ms. */
export function createHandClock(startAt: number): HandClock {
  let wall = startAt
  let passed = 0
  let timers: Timer[] = []

  /** The station plans its next turn once this one is done. */
  async function runTimer(timer: Timer): Promise<void> {
    timers = timers.filter((other) => other !== timer)
    pass(Math.max(0, timer.at - passed))
    timer.run()
    if (timer.delayMs === turnMs) await untilTurnIsPlanned()
  }

  /** There are thousands of turns, so this looks more often than `until`. */
  async function untilTurnIsPlanned(): Promise<void> {
    const giveUpAt = performance.now() + longestTurnMs
    while (!timers.some(({ delayMs }) => delayMs === turnMs)) {
      if (performance.now() > giveUpAt) throw new Error('a turn of the station did not end')
      await setImmediate()
    }
  }

  async function advance(ms: number): Promise<void> {
    const end = passed + ms
    for (;;) {
      const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      await runTimer(next)
    }
    pass(Math.max(0, end - passed))
  }

  function pass(ms: number): void {
    wall += ms
    passed += ms
  }

  function after(delayMs: number, run: () => void): () => void {
    const timer = { at: passed + delayMs, delayMs, run }
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
