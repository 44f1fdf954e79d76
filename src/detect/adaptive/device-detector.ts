import { createOwnTail, learn, scoreAbove, shareAbove } from './own-tail.ts'
import { parameters } from './parameters.ts'
import type { SeriesJudgement } from './series-detector.ts'

export interface DeviceJudgement {
  /** Grows with strangeness, from 0: with how strange its metrics are and with how many are. */
  score: number
  /** Estimated share of this device's timestamps that are at least as strange. */
  p: number
}

export interface DeviceDetector {
  /** Takes what was said of all metrics of the device at one timestamp, in any order. */
  step: (judgements: readonly Pick<SeriesJudgement, 'burst' | 'provisional'>[]) => DeviceJudgement
}

/**
 * Combines the metrics of one device: a power mean without the division, (sum of burst^1.5)^(1/1.5), so that ten
 * slightly strange metrics count for more than one and a very strange one is not drowned. Keeps the device's last
 * 16,000 scores.
 */
export function createDeviceDetector(): DeviceDetector {
  const tail = createOwnTail()
  const { devicePower } = parameters
  return {
    step(judgements) {
      const sum = judgements.reduce((total, { burst }) => total + burst ** devicePower, 0)
      const score = sum ** (1 / devicePower)
      // Heavy tails: what is exponential of a logarithm falls off as a power of the score.
      const strangeness = Math.log1p(score)
      const decades = scoreAbove(tail, strangeness)
      const p = decades > 0 ? 10 ** -decades : shareAbove(tail, strangeness)
      // What a series says before it has settled would hide what it says later.
      if (judgements.every(({ provisional }) => !provisional)) learn(tail, strangeness)
      return { score, p }
    },
  }
}
