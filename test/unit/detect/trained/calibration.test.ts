import { beforeAll, describe, expect, test } from 'vitest'
import { confidenceScore } from '../../../../src/detect/confidence.ts'
import { totalOf } from '../../../../src/detect/trained/calibration-report.ts'
import type { Judge } from '../../../../src/detect/trained/judge.ts'
import { trainGroup, type TrainingOutcome } from '../../../../src/detect/trained/train.ts'
import { createJudge } from '../../../../src/detect/trained/judge.ts'
import { newsScore } from '../../../../src/detect/trained/verdict.ts'
import { binomialBound } from '../synthetic-fleet.ts'
import { learn, warmedJudge } from './learned.ts'
import { day, kinds, metricIds, mixedFleet, monday, recordOf, type Kind } from './mixed-fleet.ts'

const seed = 2026
const devices = 40
const trainedDays = 14
const judgedDays = 8

interface Tally {
  points: number
  /** Datapoints of at least this score, by score. */
  reached: number[]
  /** The same, those of one device and metric within three hours counted once. */
  episodes: number[]
}

const newTally = (): Tally => ({ points: 0, reached: Array(8).fill(0), episodes: Array(8).fill(0) })

let outcome: TrainingOutcome
let byKind: Record<Kind, Tally>
let device: Tally

beforeAll(() => {
  const fleet = mixedFleet(seed, devices)
  const history = recordOf(fleet, { slots: trainedDays * day })
  outcome = trainGroup(history, { minimumDatapoints: 25_000 })
  const end = monday + trainedDays * day
  const judge = outcome.model ? warmedJudge(outcome.model, history, end) : null
  if (!judge) throw new Error('there was nothing to learn from')
  byKind = { quiet: newTally(), bursty: newTally(), constant: newTally(), drifting: newTally() }
  device = newTally()
  judgeClean(judge, fleet, end)
}, 120_000)

function judgeClean(judge: Judge, fleet: ReturnType<typeof mixedFleet>, from: number): void {
  for (const { deviceId, kind, next } of fleet) {
    const last = Array.from({ length: metricIds.length + 1 }, () =>
      Array<number>(8).fill(-Infinity),
    )
    for (let slot = from; slot < from + judgedDays * day; slot++) {
      const verdict = judge.step({ deviceId, slot, values: next(slot) })
      verdict.metrics.forEach((each, metric) =>
        count(byKind[kind], { score: each?.score ?? 0, slot, last: last[metric] ?? [] }),
      )
      count(device, { score: verdict.device.score, slot, last: last[metricIds.length] ?? [] })
    }
  }
}

function count(
  tally: Tally,
  { score, slot, last }: { score: number; slot: number; last: number[] },
): void {
  tally.points++
  for (let level = 1; level <= Math.min(7, score); level++) {
    tally.reached[level] = (tally.reached[level] ?? 0) + 1
    if (slot - (last[level] ?? 0) > 36) tally.episodes[level] = (tally.episodes[level] ?? 0) + 1
    last[level] = slot
  }
}

function total(field: 'reached' | 'episodes', level: number): number {
  return Object.values(byKind).reduce((sum, tally) => sum + (tally[field][level] ?? 0), 0)
}

describe(`a clean fleet of all kinds (seed ${seed})`, () => {
  const points = devices * judgedDays * day * metricIds.length

  test.each([4, 5, 6])('reaches score %i no more often than that says', (level) => {
    expect(total('episodes', level)).toBeLessThanOrEqual(binomialBound(points, 10 ** -level))
    // Datapoints of one incident come in rows.
    expect(total('reached', level)).toBeLessThanOrEqual(4 * binomialBound(points, 10 ** -level))
  })

  test('does not buy its silence with deafness: a score of 2 is no rarer than a third of 1 %', () => {
    expect(total('reached', 2)).toBeGreaterThan(points / 300)
    expect(total('reached', 2)).toBeLessThan(points / 60)
  })

  test.each(Object.keys(kinds) as Kind[])(
    'has no false alarms to speak of on %s devices',
    (kind) => {
      const { points: own, episodes } = byKind[kind]
      expect(episodes[4]).toBeLessThanOrEqual(binomialBound(own, 2e-4))
      expect(episodes[6]).toBeLessThanOrEqual(binomialBound(own, 2e-6))
    },
  )

  test('has devices that as a whole reach a level no more often than it says', () => {
    expect(device.episodes[4]).toBeLessThanOrEqual(binomialBound(device.points, 1e-4))
    expect(device.reached[6]).toBeLessThanOrEqual(binomialBound(device.points, 1e-6))
  })

  test('is told beforehand about how many alarms it will have', () => {
    const { LOW, MEDIUM } = {
      LOW: totalOf(outcome.calibration, 'LOW'),
      MEDIUM: totalOf(outcome.calibration, 'MEDIUM'),
    }
    expect(LOW.nominal).toBe(1e-4)
    expect(LOW.measured).toBeLessThan(3e-4)
    expect(LOW.datapointsPerDay).toBeGreaterThanOrEqual((points / judgedDays) * 1e-4 * 0.99)
    expect(LOW.episodesPerDay).toBeLessThanOrEqual(LOW.datapointsPerDay)
    expect(MEDIUM.episodesPerDay).toBeLessThan(LOW.episodesPerDay)
    expect(total('episodes', 4) / judgedDays).toBeLessThan(3 * LOW.episodesPerDay + 3)
  })

  test('passes the gate with all its metrics', () => {
    expect(outcome.kept).toEqual([])
    expect(outcome.skipped).toEqual([])
  })
})

test('fleets of four devices reach MEDIUM and HIGH no more often than these say', () => {
  const scores = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((each) => newsOf(mixedFleet(each, 4), 7))
  const reached = (level: number) => scores.filter((score) => score >= level).length
  expect(reached(confidenceScore.MEDIUM)).toBeLessThanOrEqual(binomialBound(scores.length, 1e-5))
  expect(reached(confidenceScore.HIGH)).toBeLessThanOrEqual(binomialBound(scores.length, 1e-6))
}, 60_000)

/** Of all metrics of a clean fleet in the days after those it was learned from. */
function newsOf(fleet: ReturnType<typeof mixedFleet>, days: number): number[] {
  const history = recordOf(fleet, { slots: trainedDays * day })
  const end = monday + trainedDays * day
  const judge = warmedJudge(learn(history), history, end)
  return fleet.flatMap(({ deviceId, next }) =>
    Array.from({ length: days * day }, (_, index) => {
      const slot = end + index
      const { metrics } = judge.step({ deviceId, slot, values: next(slot) })
      return metrics.map((verdict) => (verdict ? newsScore(verdict) : 0))
    }).flat(),
  )
}

test('devices that the model does not know are judged provisionally, and rarely wrongly', () => {
  const strangers = mixedFleet(seed + 1, 20)
  if (!outcome.model) throw new Error('there was nothing to learn from')
  const judge = createJudge(outcome.model)
  const end = monday + trainedDays * day
  let points = 0
  let alarms = 0
  for (const { deviceId, next } of strangers) {
    for (let slot = end; slot < end + day; slot++) {
      const { metrics } = judge.step({ deviceId: `new-${deviceId}`, slot, values: next(slot) })
      for (const verdict of metrics) {
        expect(verdict?.isProvisional).toBe(true)
        points++
        alarms += Number((verdict?.score ?? 0) >= 5)
      }
    }
  }
  expect(alarms).toBeLessThan(points / 300)
}, 60_000)
