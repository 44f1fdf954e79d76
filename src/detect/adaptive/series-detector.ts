import { createChance } from './chance.ts'
import { createComponents, type ComponentName, type ComponentScores } from './components.ts'
import { createHold } from './hold.ts'
import { createMovingAverage } from './moving-average.ts'
import { parameters } from './parameters.ts'
import { createUnit } from './unit.ts'

/** What is said of a datapoint, knowing only what came before it. */
export interface SeriesJudgement {
  /** Grows with strangeness, from 0; comparable across series. */
  score: number
  /** What speaks of something sudden in it, the same way: what `createDeviceDetector` combines. */
  burst: number
  /** Estimated share of the datapoints of such a series that are at least as strange. */
  p: number
  /** In the unit of the series: outside lies about 1 in 10,000 at such a time, as far as the past can tell; else NaN. */
  expectedLow: number
  expectedHigh: number
  /** Whether the past was too short for some of what is looked at. */
  provisional: boolean
  /** The score, weakened while the past is short; 0 where it only goes on about an anomaly told before. */
  emission: number
}

export interface SeriesDetector {
  /** `at` in epoch milliseconds. A value that is no finite number is a missing one: not judged, not learnt. */
  step: (at: number, value: number) => SeriesJudgement
}

const lasting = ['level', 'weekly', 'sustained', 'shift', 'shape', 'unrest'] as const
const sudden = ['surprise', 'daily', 'step', 'change', 'bustle', 'weekly', 'shift'] as const

/** From here on every component has a past to speak from. */
const settledAfter = 2 * parameters.shiftLength - 1 + parameters.silentFor

const nothingToSay = { score: 0, burst: 0, p: 1, expectedLow: NaN, expectedHigh: NaN, emission: 0 }

/**
 * Judges the datapoints of one metric of one device, in order of time, each by those before it. `spacingMs` is the
 * usual time between two of them. Keeps sliding windows only: up to about 5 MB once 16,000 datapoints went by.
 */
export function createSeriesDetector({ spacingMs }: { spacingMs: number }): SeriesDetector {
  const unit = createUnit()
  const components = createComponents(spacingMs)
  const average = createMovingAverage(parameters.burst.span)
  const chance = createChance()
  const hold = createHold()
  let seen = 0
  return {
    step(at, reported) {
      const value = unit.into(reported)
      const provisional = seen < settledAfter
      if (Number.isNaN(value)) return { ...nothingToSay, provisional }
      seen++
      const { scores, expected } = components(at, value)
      const burst = average(evidence(scores, sudden, parameters.burst))
      const score = Math.max(burst, evidence(scores, lasting, parameters.lasting))
      return {
        score,
        burst,
        p: chance(score),
        expectedLow: unit.outOf(expected.low),
        expectedHigh: unit.outOf(expected.high),
        provisional,
        emission: hold(score),
      }
    },
  }
}

/** Sum of what each component says beyond the threshold. */
function evidence(
  scores: ComponentScores,
  names: readonly ComponentName[],
  { threshold, cap }: { threshold: number; cap: number },
): number {
  let sum = 0
  for (const name of names) sum += Math.min(cap, Math.max(0, scores[name] - threshold))
  return sum
}
