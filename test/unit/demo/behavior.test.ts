import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { slotsPerDay } from '../../../src/contract/model/time.ts'
import type { Attack } from '../../../src/demo/attack.ts'
import { planSlot } from '../../../src/demo/behavior.ts'
import { type SimulatedDevice, createFleet } from '../../../src/demo/fleet.ts'

const fleet = createFleet({ seed: 7 })
/** 6 January 2025, a Monday, 00:00 UTC. */
const mondaySlot = Date.UTC(2025, 0, 6) / 300_000

describe('a fleet', () => {
  test('is the same for the same seed and another for another', () => {
    expect(createFleet({ seed: 7 })).toEqual(fleet)
    expect(createFleet({ seed: 8 })).not.toEqual(fleet)
  })

  test('starts with the same devices whatever its size', () => {
    expect(createFleet({ seed: 7, devices: 9 })).toEqual(fleet.slice(0, 9))
  })

  test('has all three kinds from three devices on and every name once', () => {
    const kinds = createFleet({ seed: 7, devices: 3 }).map((device) => device.kind)
    expect(new Set(kinds)).toEqual(new Set(['pump', 'camera', 'gateway']))
    const ids = createFleet({ seed: 7, devices: 200 }).map((device) => device.id)
    expect(new Set(ids).size).toBe(200)
  })

  test('has at least three devices', () => {
    expect(() => createFleet({ seed: 7, devices: 2 })).toThrow(RangeError)
    expect(() => createFleet({ seed: 7, devices: Number.NaN })).toThrow(RangeError)
  })

  test('has no two devices of a kind with the same habits', () => {
    const habits = fleet.map((device) => JSON.stringify(device.habits))
    expect(new Set(habits).size).toBe(fleet.length)
    const pumps = fleet.filter((device) => device.kind === 'pump').map((pump) => dayMean(pump))
    expect(Math.max(...pumps)).toBeGreaterThan(1.3 * Math.min(...pumps))
  })

  test('reports in all four formats', () => {
    const formats = new Set(fleet.map((device) => device.reportFormat))
    expect(formats).toEqual(new Set(['json', 'json-short', 'cbor', 'cbor-short']))
  })
})

describe('the plan of a slot', () => {
  test('is the same in whatever order slots are planned', () => {
    const slot = fc.integer({ min: 0, max: 10_000_000 })
    fc.assert(
      fc.property(fc.constantFrom(...fleet), fc.array(slot, { maxLength: 8 }), (device, slots) => {
        const forwards = slots.map((each) => planSlot(device, each))
        const backwards = slots.toReversed().map((each) => planSlot(device, each))
        expect(backwards.toReversed()).toEqual(forwards)
      }),
    )
  })

  test('differs from slot to slot and from device to device', () => {
    const [first, second] = fleet
    const slots = Array.from({ length: 50 }, (_, place) => mondaySlot + place)
    const plans = slots.flatMap((slot) => [plan(first, slot), plan(second, slot)])
    expect(new Set(plans.map((each) => JSON.stringify(each))).size).toBe(100)
  })

  test('follows the day: more by day than by night', () => {
    for (const device of fleet) {
      const peak = Math.round(device.habits.peakHour * 12)
      const day = meanTelemetry(device, weekdaysAt(peak))
      const night = meanTelemetry(device, weekdaysAt(peak + slotsPerDay / 2))
      expect(day / night, device.id).toBeGreaterThan(1.15)
    }
  })

  test('follows the week: less on a weekend', () => {
    const weekend = [5, 6].flatMap((day) => slotsOfDay(day))
    const weekdays = [1, 2].flatMap((day) => slotsOfDay(day))
    const cameras = fleet.filter((device) => device.kind === 'camera')
    for (const camera of cameras) {
      const ratio = meanTelemetry(camera, weekend) / meanTelemetry(camera, weekdays)
      expect(ratio).toBeCloseTo(camera.habits.weekendFactor, 1)
    }
  })

  test('interrupts a device once in some hundred slots and never twice in one', () => {
    const plans = fleet.flatMap((device) => fortnight().map((slot) => planSlot(device, slot)))
    const reconnects = plans.filter((each) => each.reconnects === 1).length
    const denied = plans.filter((each) => each.deniedPublishes === 1).length
    expect(plans.length / reconnects).toSatisfy((slots: number) => slots > 260 && slots < 340)
    expect(plans.length / denied).toSatisfy((slots: number) => slots > 1400 && slots < 2800)
    expect(Math.max(...plans.map((each) => each.reconnects + each.deniedPublishes))).toBe(1)
  })

  test('keeps a fleet of 24 below a thousand messages a slot', () => {
    for (const slot of slotsOfDay(1)) {
      const sent = fleet.map((device) => planSlot(device, slot).telemetrySizes.length + 1)
      expect(sent.reduce((sum, count) => sum + count, 0)).toBeLessThan(1000)
    }
  })
})

describe('an attack', () => {
  const victim = fleet[0]
  if (victim === undefined) throw new Error('the fleet is empty')
  const attack: Attack = {
    deviceId: victim.id,
    fromSlot: mondaySlot,
    toSlot: mondaySlot + 3,
    kind: 'exfiltration',
  }

  test('stands out of all that the device did in two weeks', () => {
    const usual = fortnight().map((slot) => planSlot(victim, slot - 5000))
    const mostBytes = Math.max(...usual.map((each) => each.report.bytesOut))
    const mostConnections = Math.max(...usual.map((each) => each.report.connections.length))
    const attacked = planSlot(victim, mondaySlot, attack)
    expect(attacked.report.bytesOut).toBeGreaterThan(5 * mostBytes)
    expect(attacked.report.connections.length).toBeGreaterThan(mostConnections)
    expect(attacked.report.tcpPorts).toContain(4444)
    expect(attacked.telemetrySizes.length).toBeGreaterThan(
      2 * planSlot(victim, mondaySlot).telemetrySizes.length,
    )
  })

  test('stands out of a camera that streams video, too', () => {
    const camera = fleet.find((device) => device.kind === 'camera')
    if (camera === undefined) throw new Error('the fleet has no camera')
    const most = Math.max(...fortnight().map((slot) => planSlot(camera, slot).report.bytesOut))
    const attacked = planSlot(camera, mondaySlot, { ...attack, deviceId: camera.id })
    expect(attacked.report.bytesOut).toBeGreaterThan(2 * most)
  })

  test('changes nothing before, after, or of another device', () => {
    for (const slot of [mondaySlot - 1, mondaySlot + 3]) {
      expect(planSlot(victim, slot, attack)).toEqual(planSlot(victim, slot))
    }
    expect(plan(fleet[1], mondaySlot, attack)).toEqual(plan(fleet[1], mondaySlot))
  })
})

function plan(device: SimulatedDevice | undefined, slot: number, attack?: Attack) {
  if (device === undefined) throw new Error('no such device')
  return planSlot(device, slot, attack)
}

function fortnight(): number[] {
  return Array.from({ length: 14 * slotsPerDay }, (_, place) => mondaySlot + place)
}

function slotsOfDay(day: number): number[] {
  return Array.from({ length: slotsPerDay }, (_, place) => mondaySlot + day * slotsPerDay + place)
}

/** A quarter of an hour around a time of day, Tuesdays to Thursdays of ten weeks. */
function weekdaysAt(slotOfDay: number): number[] {
  const weeks = Array.from({ length: 10 }, (_, week) => 7 * week)
  const days = weeks.flatMap((week) => [week + 1, week + 2, week + 3])
  return days.flatMap((day) =>
    [-1, 0, 1].map((near) => mondaySlot + day * slotsPerDay + slotOfDay + near),
  )
}

function meanTelemetry(device: SimulatedDevice, slots: number[]): number {
  const counts = slots.map((slot) => planSlot(device, slot).telemetrySizes.length)
  return counts.reduce((sum, count) => sum + count, 0) / counts.length
}

function dayMean(device: SimulatedDevice): number {
  return meanTelemetry(device, slotsOfDay(1))
}
