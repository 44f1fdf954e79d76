import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../../src/station/ports.ts'
import { createStationClock } from '../../../src/station/station-clock.ts'

const startAt = 1_790_000_000_000

/** A machine's clock that a test sets and lets run. */
function machineClock({ speed = 1 } = {}) {
  let wall = startAt
  let monotonic = 7
  const clock: Clock = {
    now: () => wall,
    monotonic: () => monotonic,
    after: () => () => {},
    speed,
  }
  function pass(ms: number): void {
    wall += ms
    monotonic += ms
  }
  function set(byMs: number): void {
    wall += byMs
  }
  return { clock, pass, set }
}

describe('station time', () => {
  test('never goes back, whatever is done to the machine clock', () => {
    const deed = fc.record({
      passMs: fc.nat({ max: 600_000 }),
      setMs: fc.oneof(fc.constant(0), fc.integer({ min: -(10 ** 8), max: 10 ** 8 })),
      isChecked: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
        const { clock, pass, set } = machineClock()
        const station = createStationClock(clock)
        let latest = station.now()
        for (const { passMs, setMs, isChecked } of deeds) {
          set(setMs)
          if (isChecked) station.check()
          pass(passMs)
          expect(station.now()).toBeGreaterThanOrEqual(latest)
          latest = station.now()
        }
      }),
    )
  })

  test('goes on at the usual pace once a step back was found', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 15_000, max: 10 ** 9 }),
        fc.nat({ max: 10 ** 6 }),
        (back, ms) => {
          const { clock, pass, set } = machineClock()
          const station = createStationClock(clock)
          const before = station.now()
          set(-back)
          station.check()
          pass(ms)
          expect(station.now()).toBe(before + ms)
        },
      ),
    )
  })

  test('is the machine clock where nobody sets it', () => {
    const { clock, pass } = machineClock()
    const station = createStationClock(clock)
    pass(12_345)
    expect(station.now()).toBe(startAt + 12_345)
    expect(station.check()).toBeNull()
  })

  test('goes on from where an earlier run had come, if the machine clock is behind that', () => {
    const { clock, pass } = machineClock()
    const ahead = createStationClock(clock, startAt + 3_600_000)
    expect(ahead.now()).toBe(startAt + 3_600_000)
    pass(10)
    expect(ahead.now()).toBe(startAt + 3_600_010)
    expect(createStationClock(clock, startAt - 3_600_000).now()).toBe(startAt + 10)
  })
})

describe('a jump', () => {
  test('forward is found once, with the time it led to', () => {
    const { clock, pass, set } = machineClock()
    const station = createStationClock(clock)
    pass(1000)
    set(3_600_000)
    expect(station.check()).toEqual({ at: startAt + 3_601_000, byMs: 3_600_000 })
    expect(station.check()).toBeNull()
    expect(station.now()).toBe(startAt + 3_601_000)
  })

  test('back is found once, at the time that goes on', () => {
    const { clock, set } = machineClock()
    const station = createStationClock(clock)
    set(-3_600_000)
    expect(station.check()).toEqual({ at: startAt, byMs: -3_600_000 })
    expect(station.check()).toBeNull()
  })

  test('is none below fifteen seconds, which time services correct', () => {
    const { clock, set } = machineClock()
    const station = createStationClock(clock)
    for (const byMs of [14_999, -14_999]) {
      set(byMs)
      expect(station.check()).toBeNull()
    }
    set(15_000)
    expect(station.check()).not.toBeNull()
  })

  test('is none because time passed between two checks', () => {
    const { clock, pass } = machineClock()
    const station = createStationClock(clock)
    pass(10 ** 9)
    expect(station.check()).toBeNull()
  })

  test('of a fast clock has to be larger, since its pace is less even', () => {
    const { clock, set } = machineClock({ speed: 600 })
    const station = createStationClock(clock)
    set(149_999)
    expect(station.check()).toBeNull()
    set(150_000)
    expect(station.check()).not.toBeNull()
  })

  test('tells of a step back at a whole millisecond, though monotonic time has fractions', () => {
    const { clock, pass, set } = machineClock()
    const station = createStationClock(clock)
    pass(0.25)
    set(-60_000)
    expect(station.check()?.at).toSatisfy(Number.isInteger)
  })
})
