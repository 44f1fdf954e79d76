import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  attackKinds,
  attackProfiles,
  cloudSideMetrics,
  deviceClassNames,
  deviceSideMetrics,
  metricNames,
  planAttacks,
  reportedLateSlots,
  simulateFleet,
  simulateSlots,
  slotsPerDay,
  type AttackLabel,
  type DeviceHistory,
  type FleetOptions,
  type MetricName,
} from '../../bench/fleet-simulator/index.ts'
import {
  createRandom,
  normal,
  poisson,
  restart,
  uniform,
} from '../../bench/fleet-simulator/random.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const folder = 'test/bench/fleet-simulator'
const small: FleetOptions = { seed: 11, devices: 40, days: 8 }
const large: FleetOptions = { seed: 12, devices: 160, days: 6 }
const attacks = planAttacks({ ...large, fromDay: 3, perKind: 3 })
const clean = [...simulateFleet(large)]
const attacked = [...simulateFleet({ ...large, attacks })]

describe('the fleet', () => {
  test('is the same for the same seed, to the last bit, on any machine', () => {
    expect(digestOf(simulateFleet({ seed: 3, devices: 16, days: 3 }))).toBe('d7ac356c6c24c48f')
  })

  test('is another one for another seed', () => {
    const tiny = { devices: 4, days: 1 }
    const one = digestOf(simulateFleet({ ...tiny, seed: 1 }))
    expect(digestOf(simulateFleet({ ...tiny, seed: 2 }))).not.toBe(one)
  })

  test('is the same slot by slot as device by device', () => {
    const byDevice = [...simulateFleet(small)]
    let different = 0
    for (const { slot, values } of simulateSlots(small)) {
      for (const [place, value] of values.entries()) {
        const metric = metricNames[place % metricNames.length] ?? 'aws:message-byte-size'
        const history = byDevice[Math.floor(place / metricNames.length)]
        if (!Object.is(history?.values[metric][slot], value)) different++
      }
    }
    expect(different).toBe(0)
  })

  test('has every class, and only those that are asked for', () => {
    expect(new Set(clean.map(({ deviceClass }) => deviceClass))).toEqual(new Set(deviceClassNames))
    const phones = [...simulateFleet({ ...small, days: 1, classes: ['voice-phone'] })]
    expect(new Set(phones.map(({ deviceClass }) => deviceClass))).toEqual(new Set(['voice-phone']))
  })

  test('has newcomers of which nothing is known before they come', () => {
    const newcomers = clean.filter(({ firstSlot }) => firstSlot > 0)
    expect(newcomers.length).toBeGreaterThan(0)
    for (const { firstSlot, values } of newcomers) {
      expect(values['aws:num-messages-sent'].slice(0, firstSlot).every(Number.isNaN)).toBe(true)
      expect(shareMissing(values['aws:num-messages-sent'].slice(firstSlot))).toBeLessThan(0.1)
    }
  })

  test('is refused when it does not start on a slot', () => {
    expect(() => [...simulateFleet({ ...small, startAt: 1 })]).toThrow(RangeError)
  })
})

describe('its metrics', () => {
  test('are counts, and never below zero', () => {
    const wrong = clean.flatMap(({ deviceId, values }) =>
      metricNames
        .filter((metric) =>
          values[metric].some(
            (value) => value < 0 || (metric !== 'aws:message-byte-size' && value % 1 > 0),
          ),
        )
        .map((metric) => `${deviceId} ${metric}`),
    )
    expect(wrong).toEqual([])
  })

  test('have as many bytes as their packets can carry', () => {
    for (const { values } of clean) {
      for (const way of ['in', 'out'] as const) {
        const packets = values[`aws:all-packets-${way}`]
        // Below ten, the rounding of a part of a slot to whole packets weighs too much.
        const sizes = values[`aws:all-bytes-${way}`].map((bytes, slot) =>
          (packets[slot] ?? 0) < 10 ? Number.NaN : bytes / (packets[slot] ?? 1),
        )
        expect(least(sizes)).toBeGreaterThan(53)
        expect(greatest(sizes)).toBeLessThan(1_530)
      }
    }
  })

  test('have no message size exactly where no message was sent', () => {
    for (const { values } of clean) {
      const sent = values['aws:num-messages-sent']
      const wrong = values['aws:message-byte-size'].filter(
        (bytes, slot) => Number.isNaN(bytes) === (sent[slot] ?? 0) > 0,
      )
      expect(wrong.length).toBe(0)
    }
  })

  test('follow the day where people are what makes them', () => {
    const readers = clean.filter(({ deviceClass }) => deviceClass === 'badge-reader')
    const byHour = Array.from({ length: 24 }, (_, hour) =>
      sum(readers.map(({ values }) => hourOf(values['aws:num-messages-received'], hour))),
    )
    expect(Math.max(...byHour) / Math.min(...byHour)).toBeGreaterThan(2)
  })

  test('come from one device: what it sends shows in the traffic of its host', () => {
    const readers = clean.filter(({ deviceClass }) => deviceClass === 'badge-reader')
    const related = readers.map(({ values }) =>
      correlation(
        hourly(values['aws:num-messages-received']),
        hourly(values['aws:all-packets-out']),
      ),
    )
    expect(median(related)).toBeGreaterThan(0.5)
  })

  test('lack the device side while the cloud side is there, and at times both', () => {
    const always = clean.filter(({ deviceClass }) => deviceClass === 'building-gateway')
    const sides = always.map(({ values }) => ({
      device: shareMissing(values[deviceSideMetrics[0]]),
      cloud: shareMissing(values[cloudSideMetrics[0]]),
    }))
    expect(sides.some(({ device, cloud }) => device > cloud)).toBe(true)
    expect(sides.some(({ cloud }) => cloud > 0)).toBe(true)
    expect(median(sides.map(({ device }) => device))).toBeLessThan(0.03)
  })

  test('know of no trouble in a fleet where nothing goes wrong', () => {
    const calm = [...simulateFleet({ ...small, incidentRate: 0, classes: ['voice-phone'] })]
    expect(calm.flatMap(({ events }) => events)).toEqual([])
    expect(clean.flatMap(({ events }) => events).length).toBeGreaterThan(100)
  })
})

describe('the plan of attacks', () => {
  test('puts every kind on as many devices as asked, one attack a device', () => {
    const counts = attackKinds.map(
      (kind) => attacks.filter((attack) => attack.kind === kind).length,
    )
    expect(counts).toEqual(attackKinds.map(() => 3))
    expect(new Set(attacks.map(({ deviceId }) => deviceId)).size).toBe(attacks.length)
  })

  test('keeps to the time after the training and to the ranges of the table', () => {
    for (const { kind, fromSlot, toSlot, strength } of attacks) {
      const profile = attackProfiles[kind]
      expect(fromSlot).toBeGreaterThanOrEqual(3 * slotsPerDay)
      expect(toSlot).toBeLessThanOrEqual(6 * slotsPerDay)
      expect(toSlot - fromSlot).toBeGreaterThanOrEqual(profile.slots[0])
      expect(toSlot - fromSlot).toBeLessThanOrEqual(profile.slots[1])
      expect(strength).toBeGreaterThanOrEqual(profile.strength[0])
      expect(strength).toBeLessThanOrEqual(profile.strength[1])
    }
  })

  test('shortens an attack to the time there is', () => {
    const oneDay = { ...large, days: 4, fromDay: 3, perKind: 5, kinds: ['slow-drift'] as const }
    for (const { fromSlot, toSlot } of planAttacks(oneDay)) {
      expect([fromSlot, toSlot]).toEqual([3 * slotsPerDay, 4 * slotsPerDay])
    }
  })

  test('spares newcomers, and sensors what needs an operating system', () => {
    for (const { deviceId, deviceClass, kind } of attacks) {
      const device = clean.find((history) => history.deviceId === deviceId)
      expect(device?.firstSlot).toBe(0)
      if (deviceClass === 'environment-sensor') expect(attackProfiles[kind].isOnDevice).toBe(false)
    }
  })

  test('is refused when there are too few devices', () => {
    expect(() => planAttacks({ ...large, devices: 20, fromDay: 3, perKind: 2 })).toThrow(RangeError)
  })
})

describe('an attack', () => {
  test('leaves its device as it was until it begins, and every other device always', () => {
    for (const [index, history] of attacked.entries()) {
      const until = history.labels[0]?.fromSlot ?? Infinity
      expect(firstDifference(history, clean[index])).toBeGreaterThanOrEqual(until)
    }
  })

  test.each(attackKinds)('of the kind %s shows in the metric that is named first', (kind) => {
    const metric = attackProfiles[kind].showsIn[0]
    for (const { history, twin, label } of underAttack(kind)) {
      const during = [label.fromSlot, label.toSlot + reportedLateSlots] as const
      const without = twin.values[metric].slice(...during)
      const changed = history.values[metric]
        .slice(...during)
        .filter((value, slot) => !Object.is(value, without[slot]))
      expect(changed.length, JSON.stringify(label)).toBeGreaterThan(0)
    }
  })

  test('that exfiltrates 1.6 times changes outgoing bytes and packets by that, and nothing else', () => {
    for (const { history, twin, label } of underAttack('exfiltration-1.6x')) {
      const inside = [label.fromSlot + reportedLateSlots, label.toSlot] as const
      for (const metric of metricNames) {
        const isMeant = metric === 'aws:all-bytes-out' || metric === 'aws:all-packets-out'
        const ratio =
          known(history.values[metric].slice(...inside)) /
          known(twin.values[metric].slice(...inside))
        if (isMeant) expect(ratio).toBeCloseTo(label.strength, 1)
        else expect(history.values[metric]).toEqual(twin.values[metric])
      }
    }
  })

  test('that exfiltrates five times an hour has five times the bytes', () => {
    for (const { history, twin, label } of underAttack('exfiltration-5x')) {
      const whole = [label.fromSlot, label.toSlot + reportedLateSlots] as const
      const metric = 'aws:all-bytes-out'
      const more =
        known(history.values[metric].slice(...whole)) - known(twin.values[metric].slice(...whole))
      const usual = known(twin.values[metric].slice(label.fromSlot, label.toSlot))
      expect(more / usual).toBeGreaterThan(2)
      expect(more / usual).toBeLessThan(6)
    }
  })

  test('that drifts ends at its strength', () => {
    for (const { history, twin, label } of underAttack('slow-drift')) {
      const lastHours = [label.toSlot - 36, label.toSlot] as const
      const metric = 'aws:all-packets-out'
      const ratio =
        known(history.values[metric].slice(...lastHours)) /
        known(twin.values[metric].slice(...lastHours))
      if (Number.isNaN(ratio)) continue
      expect(ratio / label.strength).toBeGreaterThan(0.85)
      expect(ratio / label.strength).toBeLessThan(1.05)
    }
  })

  test('that is over leaves its device to go on as it would have', () => {
    const over = [...underAttack('crash-loop'), ...underAttack('silent')]
    const metric = 'aws:num-listening-udp-ports'
    for (const { history, twin, label } of over) {
      const after = label.toSlot + reportedLateSlots
      expect(history.values[metric].slice(after)).toEqual(twin.values[metric].slice(after))
    }
    expect(over.some(({ label }) => label.toSlot < 5 * slotsPerDay)).toBe(true)
  })

  test('that silences a device leaves no message and no report', () => {
    for (const { history, label } of underAttack('silent')) {
      const during = [label.fromSlot, label.toSlot] as const
      expect(known(history.values['aws:num-messages-sent'].slice(...during))).toBe(0)
    }
  })
})

describe('the randomness', () => {
  test('is even and without memory where a device starts it anew at every slot', () => {
    const random = createRandom(1, 0)
    const first = Float64Array.from({ length: 40_000 }, (_, slot) => {
      restart(random, 99, slot)
      return uniform(random)
    })
    expect(Math.abs(sum([...first]) / first.length - 0.5)).toBeLessThan(0.005)
    expect(Math.abs(correlation(first.subarray(1), first.subarray(0, -1)))).toBeLessThan(0.015)
  })

  test('has the moments of the distributions it draws from', () => {
    const random = createRandom(2, 0)
    const normals = Array.from({ length: 40_000 }, () => normal(random))
    expect(Math.abs(sum(normals) / normals.length)).toBeLessThan(0.015)
    expect(sum(normals.map((value) => value * value)) / normals.length).toBeCloseTo(1, 1)
    for (const mean of [0.3, 8, 400]) {
      const counts = Array.from({ length: 40_000 }, () => poisson(random, mean))
      const found = sum(counts) / counts.length
      const variance = sum(counts.map((count) => (count - found) ** 2)) / counts.length
      expect(found / mean).toBeCloseTo(1, 1)
      expect(variance / mean).toBeCloseTo(1, 1)
    }
  })
})

describe('the file', () => {
  test('has a row a datapoint in the order of time, and the truth beside it', () => {
    const at = temporaryFolder()
    const [out, labels] = [join(at, 'fleet.csv.gz'), join(at, 'fleet.json')]
    const options = ['--devices', '30', '--days', '3', '--attack-from-day', '1', '--per-kind', '1']
    execFileSync(
      process.execPath,
      [join(folder, 'to-csv.ts'), ...options, '--out', out, '--labels', labels],
      { stdio: 'pipe' },
    )
    const [head, ...rows] = gunzipSync(readFileSync(out)).toString().trimEnd().split('\n')
    expect(head).toBe('timestamp,device,metric,value')
    const times = Float64Array.from(rows, (row) => Number(row.slice(0, row.indexOf(','))))
    expect(times.every((time, row) => row === 0 || time >= (times[row - 1] ?? 0))).toBe(true)
    const truth = JSON.parse(readFileSync(labels, 'utf8')) as { attacks: AttackLabel[] }
    expect(new Set(truth.attacks.map(({ kind }) => kind))).toEqual(new Set(attackKinds))
  })
})

test('The simulator takes nothing from the detector or anything else outside its folder', () => {
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts'))
  const imported = sources.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/from '([^']+)'/g)].map(([, path]) =>
      String(path),
    ),
  )
  expect(imported.length).toBeGreaterThan(20)
  expect(imported.filter((path) => !path.startsWith('./') && !path.startsWith('node:'))).toEqual([])
})

interface Case {
  history: DeviceHistory
  /** The same device without the attack. */
  twin: DeviceHistory
  label: AttackLabel
}

function underAttack(kind: string): Case[] {
  const cases = attacked.flatMap((history, index) => {
    const twin = clean[index]
    const label = history.labels.find((each) => each.kind === kind)
    return twin && label ? [{ history, twin, label }] : []
  })
  expect(cases.length).toBe(3)
  return cases
}

function firstDifference(one: DeviceHistory, other: DeviceHistory | undefined): number {
  const firsts = metricNames.map((metric: MetricName) => {
    const slot = one.values[metric].findIndex(
      (value, at) => !Object.is(value, other?.values[metric][at]),
    )
    return slot < 0 ? Infinity : slot
  })
  return Math.min(...firsts)
}

function digestOf(fleet: Iterable<DeviceHistory>): string {
  const hash = createHash('sha256')
  for (const { deviceId, values } of fleet) {
    hash.update(deviceId)
    for (const metric of metricNames)
      hash.update(values[metric].map((value) => (Number.isNaN(value) ? -1 : value)))
  }
  return hash.digest('hex').slice(0, 16)
}

function hourOf(values: Float64Array, hour: number): number {
  return known(values.filter((_, slot) => Math.floor((slot % slotsPerDay) / 12) === hour))
}

function hourly(values: Float64Array): Float64Array {
  return Float64Array.from({ length: values.length / 12 }, (_, hour) =>
    known(values.slice(hour * 12, hour * 12 + 12)),
  )
}

function known(values: Float64Array): number {
  return sum([...values].filter((value) => !Number.isNaN(value)))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function least(values: Float64Array): number {
  return values.reduce((found, value) => (value < found ? value : found), Infinity)
}

function greatest(values: Float64Array): number {
  return values.reduce((found, value) => (value > found ? value : found), -Infinity)
}

function shareMissing(values: Float64Array): number {
  return values.filter(Number.isNaN).length / values.length
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN
}

function correlation(one: Float64Array, other: Float64Array): number {
  const pairs = [...one].map((value, at) => [value, other[at] ?? Number.NaN] as const)
  const both = pairs.filter((pair) => !pair.some(Number.isNaN))
  const means = [0, 1].map((side) => sum(both.map((pair) => pair[side] ?? 0)) / both.length)
  const [x = 0, y = 0] = means
  const together = sum(both.map(([a, b]) => (a - x) * (b - y)))
  const spread = sum(both.map(([a]) => (a - x) ** 2)) * sum(both.map(([, b]) => (b - y) ** 2))
  return together / Math.sqrt(spread)
}
