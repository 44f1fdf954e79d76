import { createSeriesDetector } from '../../../../src/detect/adaptive/series-detector.ts'
import { randomFrom, type Random } from '../synthetic-fleet.ts'

export const fiveMinutesMs = 300_000
const startAt = Date.UTC(2026, 0, 5)

export interface Row {
  at: number
  value: number
}

/** One datapoint every five minutes. */
export function rowsOf(count: number, valueAt: (index: number) => number): Row[] {
  return Array.from({ length: count }, (_, index) => ({
    at: startAt + index * fiveMinutesMs,
    value: valueAt(index),
  }))
}

export function judgementsOf(rows: readonly Row[], spacingMs: number = fiveMinutesMs) {
  const detector = createSeriesDetector({ spacingMs })
  return rows.map(({ at, value }) => detector.step(at, value))
}

/** Noise of many kinds, none with anything strange in it. */
export const ordinary: Record<string, (random: Random) => (index: number) => number> = {
  'normal noise': (random) => () => random.normal(),
  'a heavy tail': (random) => () => Math.exp(random.normal()),
  counts: (random) => () => random.poisson(2),
  'a daily rhythm': (random) => (index) =>
    10 * Math.sin((index / 288) * 2 * Math.PI) + random.normal(),
  'a working week': (random) => (index) => ((index / 288) % 7 < 5 ? 10 : 3) + random.normal(),
  'a value that lingers': (random) => {
    let value = 0
    return () => (value = 0.9 * value + random.normal())
  },
  'rare events': (random) => () => (random.uniform() < 0.01 ? 1 + random.poisson(5) : 0),
}

export function ordinaryRows(kind: string, count: number, seed = 1): Row[] {
  const valueOf = ordinary[kind]
  if (!valueOf) throw new Error(`no such kind: ${kind}`)
  return rowsOf(count, valueOf(randomFrom(seed)))
}
