import { beforeAll, describe, expect, test } from 'vitest'
import { confidenceScore } from '../../../../src/detect/confidence.ts'
import type { Explanation } from '../../../../src/detect/trained/explanation.ts'
import type { Judge } from '../../../../src/detect/trained/judge.ts'
import type { GroupModel } from '../../../../src/detect/trained/model.ts'
import type { Range } from '../../../../src/detect/trained/verdict.ts'
import { learn, warmedJudge } from './learned.ts'
import {
  day,
  metricIds,
  mixedFleet,
  monday,
  recordOf,
  type SimulatedDevice,
} from './mixed-fleet.ts'

const { LOW, HIGH } = confidenceScore
const end = monday + 14 * day
type MetricName = (typeof metricIds)[number]

let model: GroupModel
let history: ReturnType<typeof recordOf>
let after: { device: SimulatedDevice; rows: Float64Array[] }[]

beforeAll(() => {
  const fleet = mixedFleet(5, 24)
  history = recordOf(fleet, { slots: 14 * day })
  model = learn(history)
  after = fleet.map((device) => ({
    device,
    rows: Array.from({ length: day }, (_, index) => device.next(end + index)),
  }))
}, 60_000)

/** What a device of this number does after the history when `change` meddles with it; best score of each metric. */
function highestScores(
  index: number,
  change: (values: Float64Array, slot: number) => void,
): Record<MetricName, number> {
  const judge = warmedJudge(model, history, end)
  const { device, rows } = after[index] ?? after[0] ?? { device: null, rows: [] }
  const best = { bytes: 0, packets: 0, messages: 0, ports: 0, failures: 0, load: 0 }
  rows.forEach((row, slot) => {
    const values = row.slice()
    change(values, slot)
    const { metrics } = judge.step({ deviceId: device?.deviceId ?? '', slot: end + slot, values })
    metricIds.forEach((id, metric) => (best[id] = Math.max(best[id], metrics[metric]?.score ?? 0)))
  })
  return best
}

function set(values: Float64Array, id: MetricName, change: (value: number) => number): void {
  const metric = metricIds.indexOf(id)
  values[metric] = change(values[metric] ?? 0)
}

describe('the judge finds', () => {
  test.each([
    ['quiet', 0, HIGH],
    ['bursty', 1, LOW],
    ['constant', 2, HIGH],
    ['drifting', 3, HIGH],
  ])('a burst far beyond what it ever did on a device that is %s', (_kind, index, level) => {
    const best = highestScores(index, (values, slot) => {
      if (slot === 40) set(values, 'bytes', (value) => 100 * value)
    })
    expect(best.bytes).toBeGreaterThanOrEqual(level)
  })

  test('a device that falls silent', () => {
    const best = highestScores(0, (values, slot) => {
      if (slot >= 100 && slot < 106) set(values, 'bytes', () => 0)
    })
    expect(best.bytes).toBeGreaterThanOrEqual(HIGH)
  })

  test('a port that opened on a device with always the same', () => {
    const best = highestScores(2, (values, slot) => {
      if (slot >= 60 && slot < 90) set(values, 'ports', (value) => value + 1)
    })
    expect(best.ports).toBeGreaterThanOrEqual(LOW)
  })

  test('what no longer goes with the metric nearest to it, though both are in their ranges', () => {
    const grown = (names: MetricName[]) =>
      highestScores(1, (values, slot) => {
        if (slot < 40 || slot >= 42) return
        names.forEach((name) => set(values, name, (value) => 2.5 * value))
      })
    expect(grown(['bytes']).bytes).toBeGreaterThanOrEqual(HIGH)
    expect(grown(['bytes', 'packets']).bytes).toBeLessThan(LOW)
  })

  test('many failed logins at once, and not a single one', () => {
    const many = highestScores(
      0,
      (values, slot) => slot === 50 && set(values, 'failures', () => 60),
    )
    const one = highestScores(2, (values, slot) => {
      set(values, 'failures', () => (slot === 50 ? 1 : 0))
    })
    expect(many.failures).toBeGreaterThanOrEqual(HIGH)
    expect(one.failures).toBeLessThan(HIGH)
  })

  test('a level that rises by a fifth and stays, by what came before it', () => {
    const judge = warmedJudge(model, history, end)
    const { device, rows } = after[0] ?? { device: null, rows: [] }
    const deviceId = device?.deviceId ?? ''
    const verdicts = rows.map((row, slot) => {
      const values = row.slice()
      if (slot >= 100 && slot < 148) set(values, 'load', (value) => 1.2 * value)
      return judge.step({ deviceId, slot: end + slot, values }).metrics[5]
    })
    const isAlarm = (slot: number) => slot >= 100 && (verdicts[slot]?.score ?? 0) >= LOW
    const slow = [...verdicts.keys()].filter(isAlarm).filter((slot) => {
      const asked = { deviceId, slot: end + slot, metricId: 'load', confidence: 'LOW' } as const
      return judge.explain(asked)?.head === 'slow'
    })
    expect(slow.length).toBeGreaterThan(3)
  })
})

describe('an explanation', () => {
  let judge: Judge
  let deviceId: string
  const slot = end + 40

  beforeAll(() => {
    judge = warmedJudge(model, history, end)
    const { device, rows } = after[0] ?? { device: null, rows: [] }
    deviceId = device?.deviceId ?? ''
    rows.slice(0, 50).forEach((row, index) => {
      const values = row.slice()
      if (index === 40) {
        set(values, 'bytes', (value) => 30 * value)
        set(values, 'packets', (value) => 30 * value)
      }
      if (index === 48) set(values, 'bytes', (value) => 30 * value)
      judge.step({ deviceId, slot: end + index, values })
    })
  })

  const explain = (at: number): Explanation => {
    const found = judge.explain({ deviceId, slot: at, metricId: 'bytes', confidence: 'MEDIUM' })
    if (!found) throw new Error('there was nothing to explain')
    return found
  }

  test('says how rare it is, what was expected and which components made it so', () => {
    const why = explain(slot)
    expect(why.score).toBeGreaterThanOrEqual(HIGH)
    expect(why.odds).toBeCloseTo(10 ** why.score, 6)
    expect(why.value).toBeGreaterThan(why.expected.high ?? Infinity)
    expect(why.centre).toBeGreaterThan(why.expected.low ?? 0)
    expect(why.centre).toBeLessThan(why.expected.high ?? 0)
    expect(why.usual.device).toBe(why.centre)
    expect(why.usual.fleet).toBeGreaterThan(0)
    expect(why.components.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9)
    const own = why.components.find(({ component }) => component === 'value')
    expect(own?.observed).toBeCloseTo(why.value, 3)
    expect(own?.direction).toBe('above')
    expect(own?.spanMs).toBe(300_000)
  })

  test('names the metrics that fired along', () => {
    const others = explain(slot).coFiring
    expect(others.map(({ metricId }) => metricId)).toContain('packets')
    expect(others.map(({ metricId }) => metricId)).not.toContain('bytes')
  })

  test('names the nearest values that would not have alarmed, and they would not have', () => {
    const { low, high } = explain(end + 48).counterfactual ?? { low: null, high: null }
    expect(high).not.toBeNull()
    const scoreWith = (value: number) => {
      const other = warmedJudge(model, history, end)
      const rows = after[0]?.rows ?? []
      rows.slice(0, 48).forEach((row, index) => {
        const values = row.slice()
        if (index === 40) {
          set(values, 'bytes', (bytes) => 30 * bytes)
          set(values, 'packets', (packets) => 30 * packets)
        }
        other.step({ deviceId, slot: end + index, values })
      })
      const values = (rows[48] ?? new Float64Array(6)).slice()
      set(values, 'bytes', () => value)
      return other.step({ deviceId, slot: end + 48, values }).metrics[0]?.score ?? NaN
    }
    expect(scoreWith((high ?? 0) * 0.9999)).toBeLessThan(confidenceScore.MEDIUM)
    expect(scoreWith((high ?? 0) * 1.001)).toBeGreaterThanOrEqual(confidenceScore.MEDIUM)
    if (low !== null) expect(scoreWith(low * 0.999)).toBeGreaterThanOrEqual(confidenceScore.MEDIUM)
  })

  test('says that no value would have done where another metric alone makes it strange', () => {
    expect(explain(slot).counterfactual).toBeNull()
  })

  test('is the same when it is worked out again from stored values', () => {
    expect(explain(slot)).toEqual(explain(slot))
    const again = warmedJudge(model, history, end)
    after[0]?.rows.slice(0, 50).forEach((row, index) => {
      const values = row.slice()
      if (index === 40) {
        set(values, 'bytes', (value) => 30 * value)
        set(values, 'packets', (value) => 30 * value)
      }
      again.warm({ deviceId, slot: end + index, values })
    })
    const query = { deviceId, slot, metricId: 'bytes', confidence: 'MEDIUM' } as const
    expect(again.explain(query)).toEqual(explain(slot))
  })

  test('is not made up where there was no value', () => {
    const query = { deviceId, metricId: 'bytes', confidence: 'LOW' } as const
    expect(judge.explain({ ...query, slot: end + 4000 })).toBeNull()
    expect(judge.explain({ ...query, slot, deviceId: 'nobody' })).toBeNull()
    expect(judge.explain({ ...query, slot, metricId: 'nothing' })).toBeNull()
  })
})

describe('the expected range', () => {
  const holds = ({ low, high }: Range, value: number) =>
    (low === null || value >= low) && (high === null || value <= high)

  test('widens from level to level, holds the centre, and agrees with the score', () => {
    const judge = warmedJudge(model, history, end)
    for (const { device, rows } of after) {
      rows.slice(0, 60).forEach((row, index) => {
        const values = index % 7 === 0 ? row.map((value) => Math.round(value * 5)) : row
        const step = { deviceId: device.deviceId, slot: end + index, values }
        judge.step(step).metrics.forEach((verdict, metric) => {
          if (!verdict) throw new Error('every metric has a value')
          const { expected, centre, score } = verdict
          const value = values[metric] ?? NaN
          expect(holds(expected.LOW, centre)).toBe(true)
          expect(expected.HIGH.high ?? Infinity).toBeGreaterThanOrEqual(
            expected.LOW.high ?? Infinity,
          )
          expect(expected.HIGH.low ?? -1).toBeLessThanOrEqual(expected.LOW.low ?? -1)
          if (!holds(expected.LOW, value)) expect(score).toBeGreaterThanOrEqual(LOW)
          if (!holds(expected.HIGH, value)) expect(score).toBeGreaterThanOrEqual(HIGH)
        })
      })
    }
  })

  test('is drawn as a band that is finite and follows the day', () => {
    const judge = warmedJudge(model, history, end)
    const query = { deviceId: 'd0', metricId: 'bytes', fromSlot: end, toSlot: end + day, step: 12 }
    const band = judge.band({ ...query, confidence: 'LOW' })
    expect(band?.low).toHaveLength(24)
    expect(band?.high.every((high, index) => high > (band.low[index] ?? NaN))).toBe(true)
    expect(new Set(band?.high).size).toBeGreaterThan(20)
    expect(judge.band({ ...query, metricId: 'nothing', confidence: 'LOW' })).toBeNull()
  })
})
