import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NetworkStats } from '../../../../src/station/ingest/report-fields.ts'
import {
  freshCounters,
  trafficSinceLast,
  type TrafficCounters,
} from '../../../../src/station/ingest/traffic-counters.ts'

const fields = ['bytesIn', 'bytesOut', 'packetsIn', 'packetsOut'] as const
const wrapAt = 2 ** 32

function statsOf(counts: readonly number[], hasShortTags = false): NetworkStats {
  const [bytesIn = 0, bytesOut = 0, packetsIn = 0, packetsOut = 0] = counts
  return { bytesIn, bytesOut, packetsIn, packetsOut, hasShortTags }
}

/** The same count for bytes and packets, in and out. */
function even(count: number): NetworkStats {
  return statsOf([count, count, count, count])
}

/** What a device's reports come to, one after the other. */
function trafficOf(reports: readonly NetworkStats[], start: TrafficCounters = freshCounters) {
  let counters = start
  const traffic = reports.map((stats) => {
    const step = trafficSinceLast(counters, stats)
    counters = step.counters
    return step.traffic
  })
  return { traffic, counters }
}

/** Bytes in of each report; null where the traffic is not known. */
function bytesIn(reports: readonly NetworkStats[], start?: TrafficCounters) {
  return trafficOf(reports, start).traffic.map((each) => each?.bytesIn ?? null)
}

const knownTotals: TrafficCounters = { ...freshCounters, mode: 'cumulative', evidenceNeeded: 0 }

const fourCounts = fc.array(fc.nat({ max: 2 ** 31 - 1 }), { minLength: 4, maxLength: 4 })

describe('a device that reports traffic since its last report', () => {
  test('is believed from the first report on', () => {
    expect(bytesIn([even(500), even(20), even(0), even(7000)])).toEqual([500, 20, 0, 7000])
  })

  test('is not believed where the first report is all zeros, only where a later one is', () => {
    expect(bytesIn([even(0), even(0), even(5)])).toEqual([null, 0, 5])
    expect(bytesIn([statsOf([0, 0, 0, 1]), even(3)])).toEqual([0, 3])
  })

  test('is never taken for one of totals as long as its traffic falls now and then', () => {
    const falls = fc.array(
      fc.array(fc.nat({ max: 10 ** 9 }), { minLength: 2, maxLength: 4 }).map((run) => [...run, 0]),
      { minLength: 1, maxLength: 12 },
    )
    fc.assert(
      fc.property(falls, (runs) => {
        const counts = [1, ...runs.flat()]
        expect(bytesIn(counts.map(even))).toEqual(counts)
      }),
    )
  })

  test('is not taken for one of totals because of three rises, nor of large ones', () => {
    const small = [1000, 1050, 1100, 1150, 800, 820, 840]
    const large = [1000, 1200, 1500, 1900, 2400, 3000]
    expect(bytesIn(small.map(even))).toEqual(small)
    expect(bytesIn(large.map(even))).toEqual(large)
  })

  test('is not taken for one of totals while any one counter does not rise with the others', () => {
    const reports = [1, 2, 3, 4, 5, 6, 7].map((n) =>
      statsOf([1000 + n, 1000 + n, 100, n % 2 === 0 ? 100 : 99]),
    )
    expect(trafficOf(reports).counters.mode).toBe('delta')
  })

  test('is believed again after two falls when it was taken for one of totals, and then needs twice the evidence', () => {
    const rising = [1000, 1010, 1020, 1030, 1040]
    const { counters, traffic } = trafficOf([...rising, 900, 950, 870].map(even))
    expect(traffic.map((each) => each?.bytesIn ?? null)).toEqual([
      1000,
      1010,
      1020,
      1030,
      10,
      null,
      50,
      870,
    ])
    expect(counters).toMatchObject({ mode: 'delta', evidenceNeeded: 8, rising: 0 })
    expect(bytesIn([880, 890, 900, 910, 920].map(even), counters)).toEqual([
      880, 890, 900, 910, 920,
    ])
  })
})

describe('a device that reports totals since boot', () => {
  test('is found out after four small rises in a row, and differences are taken', () => {
    const totals = [10_000, 10_400, 10_800, 11_200, 11_600, 12_100]
    expect(bytesIn(totals.map(even))).toEqual([10_000, 10_400, 10_800, 11_200, 400, 500])
  })

  test('is found out at once where the tags are short and the totals large: no total is filed', () => {
    const report = (total: number) => statsOf([total, total, 9000 + total / 1e6, 8000], true)
    const totals = [30_000_000, 30_500_000, 31_100_000].map(report)
    expect(bytesIn(totals)).toEqual([null, 500_000, 600_000])
  })

  test('with long tags or beyond 32 bits is first taken at its word', () => {
    expect(bytesIn([even(30_000_000)])).toEqual([30_000_000])
    expect(bytesIn([statsOf([wrapAt, wrapAt, 9, 9], true)])).toEqual([wrapAt])
  })

  test('loses no traffic and invents none through any number of 32-bit wraps', () => {
    fc.assert(
      fc.property(fourCounts, fc.array(fourCounts, { minLength: 1 }), (start, steps) => {
        const totals = [start]
        for (const step of steps) {
          const last = totals.at(-1) ?? start
          totals.push(last.map((total, index) => total + (step[index] ?? 0)))
        }
        const reports = totals.map((total) => statsOf(total.map((count) => count % wrapAt)))
        const { traffic } = trafficOf(reports, knownTotals)
        expect(traffic).toEqual([null, ...steps.map((step) => statsOf(step))])
      }),
    )
  })

  test('beyond 32 bits is not taken to have wrapped', () => {
    expect(bytesIn([even(wrapAt + 5), even(3)], knownTotals)).toEqual([null, null])
  })

  test('has no wrap where the counters fell by less than half of 32 bits', () => {
    expect(bytesIn([even(4e9), even(3.9e9), even(2e9)], knownTotals)).toEqual([null, null, null])
    expect(bytesIn([even(4e9), even(1e9)], knownTotals)).toEqual([null, 1e9 + wrapAt - 4e9])
  })

  test('says nothing in the report after a reboot and is believed in the next', () => {
    const totals = [9000, 9100, 9200, 60, 90]
    expect(bytesIn(totals.map(even), knownTotals)).toEqual([null, 100, 100, null, 30])
  })

  test('has no wrap where only some counters could have wrapped: that was a reboot', () => {
    const last = statsOf([4_000_000_000, 4_000_000_000, 5000, 5000])
    expect(bytesIn([last, statsOf([90, 80, 2, 2])], knownTotals)).toEqual([null, null])
  })

  test('remains known for it where the settings say so, however often it reboots', () => {
    const reboots = [900, 10, 5, 4, 3].map(even)
    const { counters } = trafficOf(reboots, knownTotals)
    expect(counters.mode).toBe('cumulative')
  })
})

test('traffic is never negative nor infinite, whatever a device reports', () => {
  const count = fc.oneof(
    fc.nat(),
    fc.nat().map((back) => wrapAt - back),
    fc.constantFrom(0, 1, wrapAt, 2 ** 53, 2 ** 64),
  )
  const stats = fc.tuple(fc.array(count, { minLength: 4, maxLength: 4 }), fc.boolean())
  fc.assert(
    fc.property(fc.array(stats, { maxLength: 30 }), fc.boolean(), (reports, isKnown) => {
      const start = isKnown ? knownTotals : freshCounters
      const { traffic } = trafficOf(
        reports.map(([counts, hasShortTags]) => statsOf(counts, hasShortTags)),
        start,
      )
      const values = traffic.flatMap((each) => (each ? fields.map((name) => each[name]) : []))
      expect(values.every((value) => Number.isFinite(value) && value >= 0)).toBe(true)
    }),
  )
})
