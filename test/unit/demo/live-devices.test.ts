import { afterEach, describe, expect, test } from 'vitest'
import { deviceId } from '../../../src/contract/model/device.ts'
import { slotMs, slotStartAt } from '../../../src/contract/model/time.ts'
import type { Attack } from '../../../src/demo/attack.ts'
import { planSlot } from '../../../src/demo/behavior.ts'
import { controllerId } from '../../../src/demo/controller.ts'
import { type SimulatedDevice, createFleet } from '../../../src/demo/fleet.ts'
import { openLiveClient } from '../../../src/demo/live-client.ts'
import { LiveDevices } from '../../../src/demo/live-devices.ts'
import { controllerSamples, samplesOf } from '../../../src/demo/samples.ts'
import { slotActions } from '../../../src/demo/timeline.ts'
import type { Sample } from '../../../src/station/datapoint.ts'
import type { Clock } from '../../../src/station/ports.ts'
import { type CountingBroker, type Seen, startCountingBroker } from './counting-broker.ts'
import { decodeReport } from './decode-report.ts'

const lastId = deviceId.parse('last')

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

describe('live devices', () => {
  test('are seen by a broker exactly as their history says', { timeout: 30_000 }, async () => {
    const { fleet, slot } = interruptedFew(createFleet({ seed: 2, devices: 60 }))
    const attack = attackOn(fleet[0], slot + 2)
    const clock = fastClock(slotStartAt(slot) - 0.35 * slotMs)
    const { broker } = await startSite({ fleet, clock, attack })

    await reached(clock, slotStartAt(slot + 3))

    for (const each of [slot, slot + 1, slot + 2]) {
      for (const device of fleet) {
        const expected = samplesOf(device, each, planSlot(device, each, attack))
        expect(seenOf(broker, device.id, each)).toEqual(figuresOf(expected))
      }
      const commands = figuresOf(controllerSamples(fleet, each))
      expect(seenOf(broker, controllerId, each)).toEqual(commands)
    }
    const before = fleet.map((device) => broker.seen(device.id, slot - 1))
    expect(before.map(({ attempts, sizes }) => [attempts, sizes.length])).toEqual(
      fleet.map(() => [1, 0]),
    )
  })

  test('leave out what a sleep has made late and go on with the next full slot', async () => {
    const fleet = createFleet({ seed: 2, devices: 3 })
    const slot = calmSlot(fleet)
    const clock = handClock(slotStartAt(slot - 9) + 1)
    const { broker } = await startSite({ fleet, clock })
    await broker.untilSubscribed(fleet.length + 1)

    clock.advanceTo(slotStartAt(slot - 8))
    clock.advanceTo(slotStartAt(slot - 1) + 0.5 * slotMs)
    clock.advanceTo(slotStartAt(slot))
    clock.advanceTo(slotStartAt(slot) + 0.9 * slotMs)

    const expected = slotActions(fleet, slot).length
    await broker.untilPublished(expected)
    expect(sentInAll(broker, fleet, [slot - 8, slot - 1])).toBe(0)
    expect(sentInAll(broker, fleet, [slot])).toBe(expected)
  })

  test('act out an attack that is staged while they run', async () => {
    const fleet = createFleet({ seed: 2, devices: 3 })
    const slot = calmSlot(fleet)
    const clock = handClock(slotStartAt(slot) - 1)
    const { broker, devices } = await startSite({ fleet, clock })
    await broker.untilSubscribed(fleet.length + 1)
    const attack = attackOn(fleet[0], slot)

    devices.setAttack(attack)
    clock.advanceTo(slotStartAt(slot))
    clock.advanceTo(slotStartAt(slot) + 0.9 * slotMs)

    const expected = slotActions(fleet, slot, attack).length
    expect(expected).toBeGreaterThan(slotActions(fleet, slot).length)
    await broker.untilPublished(expected)
    expect(sentInAll(broker, fleet, [slot])).toBe(expected)
  })

  test('are gone from the broker once stopped, even in the middle of a reconnect', async () => {
    const { fleet, slot } = interruptedFew(createFleet({ seed: 2, devices: 60 }))
    const clock = handClock(slotStartAt(slot) - 1)
    const { broker, devices } = await startSite({ fleet, clock })
    await broker.untilSubscribed(fleet.length + 1)
    for (const each of [slot, slot + 1, slot + 2]) {
      clock.advanceTo(slotStartAt(each))
      clock.advanceTo(slotStartAt(each) + 0.3 * slotMs)
    }

    await devices.stop()
    // Whoever were to come back would do so before this one, which sets out later.
    const last = openLiveClient({ brokerUrl: broker.url, id: lastId, topics: ['x'], retryMs: 50 })
    closers.push(last.stop)
    await broker.untilSubscribed(1)

    expect(clock.timers()).toBe(0)
    expect(broker.clients()).toEqual([lastId])
  })
})

async function startSite(options: {
  fleet: SimulatedDevice[]
  clock: Clock
  attack?: Attack
}): Promise<{ broker: CountingBroker; devices: LiveDevices }> {
  const broker = await startCountingBroker(options.clock)
  closers.push(broker.close)
  const devices = new LiveDevices({ ...options, brokerUrl: broker.url })
  closers.push(() => devices.stop())
  devices.start()
  return { broker, devices }
}

/** What a broker's counts and a device's last report come to, in the form of `figuresOf`. */
function seenOf(broker: CountingBroker, clientId: string, slot: number): Record<string, unknown> {
  const seen = broker.seen(clientId, slot)
  return {
    'aws:num-messages-sent': seen.sizes.length,
    'aws:num-messages-received': seen.received,
    'aws:num-connection-attempts': seen.attempts,
    'aws:num-disconnects': seen.disconnects,
    'aws:num-authorization-failures': seen.failures,
    ...(seen.sizes.length > 0 && { 'aws:message-byte-size': sizeMeasure(seen.sizes) }),
    ...reportFigures(seen),
  }
}

function sizeMeasure(sizes: number[]) {
  const sum = sizes.reduce((total, size) => total + size, 0)
  const ends = { min: Math.min(...sizes), max: Math.max(...sizes) }
  return { count: sizes.length, sum, ...ends, last: sizes.at(-1) }
}

function reportFigures({ reports }: Seen): Record<string, number> {
  const [report, ...more] = reports
  if (report === undefined || more.length > 0) return { reports: reports.length }
  const { metrics } = decodeReport(report.topic, report.payload)
  return {
    reports: 1,
    'aws:all-bytes-out': metrics.network_stats.bytes_out,
    'aws:all-bytes-in': metrics.network_stats.bytes_in,
    'aws:all-packets-out': metrics.network_stats.packets_out,
    'aws:all-packets-in': metrics.network_stats.packets_in,
    'aws:num-listening-tcp-ports': metrics.listening_tcp_ports.total,
    'aws:num-listening-udp-ports': metrics.listening_udp_ports.total,
    'aws:num-established-tcp-connections': metrics.tcp_connections.established_connections.total,
  }
}

/** Samples by metric: the whole measure of sizes, the value of all others. */
function figuresOf(samples: Sample[]): Record<string, unknown> {
  const figures = samples.map(({ metricId, measure }) =>
    metricId === 'aws:message-byte-size' ? [metricId, measure] : [metricId, measure.sum],
  )
  const reports = samples.some(({ metricId }) => metricId === 'aws:all-bytes-out') ? 1 : 0
  return { ...Object.fromEntries(figures), reports }
}

/** Devices and a slot so that within three slots one reconnects, one is refused and one writes CBOR. */
function interruptedFew(fleet: SimulatedDevice[]): { fleet: SimulatedDevice[]; slot: number } {
  for (let slot = 5_600_000; slot < 5_601_000; slot += 1) {
    const plansOf = (device: SimulatedDevice) =>
      [0, 1, 2].map((later) => planSlot(device, slot + later))
    const refused = fleet.find((each) => plansOf(each).some((plan) => plan.deniedPublishes > 0))
    const reconnecting = fleet.find((each) => plansOf(each).some((plan) => plan.reconnects > 0))
    const few = new Set([refused, reconnecting, fleet.find(writesCbor)].filter((each) => !!each))
    if (few.size === 3) return { fleet: [...few], slot }
  }
  throw new Error('no three slots hold both a reconnect and a refused publish')
}

function writesCbor(device: SimulatedDevice): boolean {
  return device.reportFormat === 'cbor'
}

function calmSlot(fleet: SimulatedDevice[]): number {
  const isCalm = (slot: number) =>
    fleet.every((device) => {
      const plan = planSlot(device, slot)
      return plan.reconnects + plan.deniedPublishes === 0
    })
  let slot = 5_600_000
  while (!isCalm(slot)) slot += 1
  return slot
}

function attackOn(device: SimulatedDevice | undefined, fromSlot: number): Attack {
  if (device === undefined) throw new Error('there is no device to attack')
  return { deviceId: device.id, fromSlot, toSlot: fromSlot + 1, kind: 'exfiltration' }
}

function sentInAll(broker: CountingBroker, fleet: SimulatedDevice[], slots: number[]): number {
  const ids = [controllerId, ...fleet.map((device) => device.id)]
  const counts = slots.flatMap((slot) => ids.map((id) => broker.seen(id, slot).sizes.length))
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Real time, 150 times as fast: two seconds a slot. */
function fastClock(startAt: number): Clock {
  const speed = 150
  const origin = performance.now()
  return {
    speed,
    now: () => startAt + (performance.now() - origin) * speed,
    monotonic: () => (performance.now() - origin) * speed,
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs / speed)
      return () => clearTimeout(timer)
    },
  }
}

/** Stands still until it is put forward, and then runs at once what has become due. */
function handClock(startAt: number) {
  let now = startAt
  let timers: { at: number; run: () => void }[] = []
  const runDue = () => {
    const next = timers.find((timer) => timer.at <= now)
    if (next === undefined) return
    timers = timers.filter((timer) => timer !== next)
    next.run()
    runDue()
  }
  return {
    speed: 300,
    now: () => now,
    monotonic: () => now,
    after: (delayMs: number, run: () => void) => {
      const timer = { at: now + delayMs, run }
      timers.push(timer)
      return () => void (timers = timers.filter((each) => each !== timer))
    },
    advanceTo: (at: number) => {
      now = at
      runDue()
    },
    timers: () => timers.length,
  }
}

/** Resolves when the clock shows this time. */
function reached(clock: Clock, at: number): Promise<void> {
  return new Promise((resolve) => clock.after(at - clock.now(), resolve))
}
