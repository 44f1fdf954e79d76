import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  admitReport,
  noReportsYet,
  type AdmissionRules,
  type ReportHistory,
} from '../../../../src/station/ingest/report-admission.ts'
import type { Report } from '../../../../src/station/ingest/report-fields.ts'
import { refusalOf } from './payloads.ts'

const rules: AdmissionRules = {
  minimumPeriodMs: 300_000,
  sendsTotals: false,
  mostCustomMetrics: 100,
}
const startAt = 1_790_000_100_000

const empty: Report = {
  reportId: 1,
  networkStats: null,
  tcpPorts: null,
  udpPorts: null,
  connections: null,
  customNumbers: [],
  refusedParts: [],
}

function report(reportId: number | bigint, at: number, rest: Partial<Report> = {}) {
  return { ...empty, reportId, at, ...rest }
}

function traffic(bytes: number): Partial<Report> {
  const counts = { bytesIn: bytes, bytesOut: bytes, packetsIn: bytes, packetsOut: bytes }
  return { networkStats: { ...counts, hasShortTags: false } }
}

/** The history after these reports, all of them admitted. */
function after(reports: readonly (Report & { at: number })[], given = rules): ReportHistory {
  return reports.reduce((history, each) => admitReport(history, each, given).history, noReportsYet)
}

describe('an admitted report', () => {
  test('becomes one value for each metric it measured, and none for the others', () => {
    const { values } = admitReport(
      noReportsYet,
      report(1, startAt, { ...traffic(40), udpPorts: 0, customNumbers: [['load', 0.5]] }),
      rules,
    )
    expect(values).toEqual([
      ['aws:all-bytes-in', 40],
      ['aws:all-bytes-out', 40],
      ['aws:all-packets-in', 40],
      ['aws:all-packets-out', 40],
      ['aws:num-listening-udp-ports', 0],
      ['load', 0.5],
    ])
  })

  test('leaves the history it was held against as it was', () => {
    const history = after([report(1, startAt, traffic(5))])
    const copy = structuredClone(history)
    admitReport(history, report(2, startAt + 300_000, traffic(6)), rules)
    expect(history).toEqual(copy)
  })

  test('keeps its history in plain JSON, ids of 64 bits included', () => {
    const history = after([report(2n ** 64n - 1n, startAt, traffic(5))])
    expect(JSON.parse(JSON.stringify(history))).toEqual(history)
    expect(history.recentIds).toEqual(['18446744073709551615'])
  })
})

describe('a report is a duplicate', () => {
  const ids = [900, 901, 902, 5, 6, 7]
  const reports = ids.map((id, index) => report(id, startAt + index * 300_000))
  const laterAt = startAt + ids.length * 300_000

  test('when its id is one of the last eight, not because ids go back', () => {
    const history = after(reports)
    for (const id of ids) {
      expect(refusalOf(() => admitReport(history, report(id, laterAt), rules))).toBe('duplicate')
    }
    expect(refusalOf(() => admitReport(history, report(8, laterAt), rules))).toBeNull()
    expect(refusalOf(() => admitReport(history, report(1, laterAt), rules))).toBeNull()
  })

  test('even where it comes too soon as well: a repeated delivery is no fault of the device', () => {
    const history = after(reports)
    expect(refusalOf(() => admitReport(history, report(7, laterAt - 299_000), rules))).toBe(
      'duplicate',
    )
  })

  test('no longer when eight others came since', () => {
    const others = Array.from({ length: 8 }, (_, i) => report(100 + i, startAt + (i + 1) * 300_000))
    const history = after([report(1, startAt), ...others])
    expect(history.recentIds).toHaveLength(8)
    expect(refusalOf(() => admitReport(history, report(1, startAt + 2_700_000), rules))).toBeNull()
  })

  test('only when the id is the same to the last of its 64 bits', () => {
    const history = after([report(9007199254740993n, startAt)])
    const next = report(9007199254740992n, startAt + 300_000)
    expect(refusalOf(() => admitReport(history, next, rules))).toBeNull()
  })
})

describe('a report is too frequent', () => {
  const history = after([report(1, startAt)])
  const admits = (sinceLast: number) =>
    refusalOf(() => admitReport(history, report(2, startAt + sinceLast), rules)) === null

  test('when it comes sooner than the least period less a tenth', () => {
    expect(admits(269_999)).toBe(false)
    expect(admits(270_000)).toBe(true)
    expect(admits(0)).toBe(false)
  })

  test('never because the clock was set back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), (back) => {
        expect(admits(-back)).toBe(true)
      }),
    )
  })

  test('never where no least period is set', () => {
    const anyTime = { ...rules, minimumPeriodMs: 0 }
    expect(refusalOf(() => admitReport(history, report(2, startAt), anyTime))).toBeNull()
  })

  test('measured from the last one taken, not from those refused', () => {
    const first = after([report(1, startAt)])
    expect(refusalOf(() => admitReport(first, report(2, startAt + 200_000), rules))).toBe(
      'too-frequent',
    )
    expect(refusalOf(() => admitReport(first, report(3, startAt + 271_000), rules))).toBeNull()
  })
})

describe('a device set to send totals', () => {
  const totals: AdmissionRules = { ...rules, sendsTotals: true }
  const step = (index: number, bytes: number) =>
    report(index + 1, startAt + index * 300_000, traffic(bytes))

  test('has its first report held back and differences taken from then on', () => {
    const first = admitReport(noReportsYet, step(0, 9000), totals)
    expect(first.values).toEqual([])
    const second = admitReport(first.history, step(1, 9600), totals)
    expect(second.values).toContainEqual(['aws:all-bytes-in', 600])
  })

  test('is believed about its deltas again once the setting is taken back', () => {
    let history = after([step(0, 9000), step(1, 9600)], totals)
    const bytes = [50, 40, 60, 30, 70, 20].map((count, index) => {
      const admission = admitReport(history, step(index + 2, count), rules)
      history = admission.history
      return Object.fromEntries(admission.values)['aws:all-bytes-in'] ?? null
    })
    expect(bytes.slice(-3)).toEqual([30, 70, 20])
  })
})

describe('a report with more custom metrics than a device may have', () => {
  test('has the first of them taken and the rest refused together', () => {
    const customNumbers = Array.from({ length: 130 }, (_, index): [string, number] => [
      `m${index}`,
      1,
    ])
    const { values, refusedParts } = admitReport(
      noReportsYet,
      report(1, startAt, { customNumbers }),
      rules,
    )
    expect(values).toHaveLength(100)
    expect(refusedParts).toMatchObject([{ reason: 'too-many-metrics' }])
    expect(refusedParts[0]?.detail).toContain('30 custom metrics')
  })
})

describe('a custom metric', () => {
  const admitted = (name: string) =>
    admitReport(noReportsYet, report(1, startAt, { customNumbers: [[name, 1]] }), rules)

  test('may have any name that AWS allows, those of object members included', () => {
    for (const name of ['cpu_usage', 'a:b-c', '__proto__', 'constructor', 'x'.repeat(128)]) {
      expect(admitted(name)).toMatchObject({ values: [[name, 1]], refusedParts: [] })
    }
  })

  test('is refused alone where its name is not allowed or would pass for one of AWS', () => {
    for (const name of ['', 'a b', 'x'.repeat(129), 'ü', 'a\n', '../x', 'aws:all-bytes-out']) {
      const { values, refusedParts } = admitted(name)
      expect(values).toEqual([])
      expect(refusedParts).toMatchObject([{ reason: 'bad-metric-name' }])
    }
  })

  test('keeps what was refused while the report was read', () => {
    const refusedParts = [
      { reason: 'wrong-type', detail: 'a word' },
    ] satisfies Report['refusedParts']
    const admission = admitReport(noReportsYet, report(1, startAt, { refusedParts }), rules)
    expect(admission.refusedParts).toEqual(refusedParts)
  })
})
