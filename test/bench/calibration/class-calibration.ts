import { deviceClassNames } from '../fleet-simulator/index.ts'
import { binomialBounds } from '../fleet/binomial.ts'
import type { JudgedDevice } from '../fleet/judged-fleet.ts'

/** -log10 p at which what is said is held against what happened; LOW, MEDIUM and HIGH are the last three. */
export const calibratedScores = [2, 3, 4, 5, 6] as const

/** Clean datapoints of known devices. */
export interface ClassCount {
  /** A device class, or all of them. */
  of: string
  points: number
  /** By `calibratedScores`: datapoints of this score or more. */
  reached: number[]
}

/**
 * What the bounds say of a share that should be `nominal`: `more` and `less` only where that is sure, with datapoints
 * taken to be independent. They are not: those of one incident come in rows, so that bounds are narrow.
 */
export type Finding = 'holds' | 'more' | 'less'

export const everyClass = 'every class'

/** Of all, what is left without the outages of whole sites, in which devices do fall silent. Classes are of that. */
export const withoutOutages = 'without site outages'

/** So many slots, four hours, an outage is looked back on. */
const aftermathSlots = 48

export function countClasses(devices: readonly JudgedDevice[]): ClassCount[] {
  const known = devices.filter(({ isNew, isAttacked }) => !isNew && !isAttacked)
  const untouched = known.map(withoutItsOutages)
  const classes = deviceClassNames.map((name) =>
    countOf(
      name,
      untouched.filter(({ deviceClass }) => deviceClass === name),
    ),
  )
  return [countOf(everyClass, known), countOf(withoutOutages, untouched), ...classes]
}

function withoutItsOutages(device: JudgedDevice): JudgedDevice {
  const metrics = device.scores.length / device.deviceScores.length
  const scores = device.scores.slice()
  for (const { slot, kind } of device.events) {
    if (kind !== 'site-outage') continue
    const [from, to] = [Math.max(0, slot), Math.max(0, slot + aftermathSlots)]
    scores.fill(NaN, from * metrics, to * metrics)
  }
  return { ...device, scores }
}

/** Of several fleets: the same classes in the same order. */
export function added(a: readonly ClassCount[], b: readonly ClassCount[]): ClassCount[] {
  return a.map(({ of, points, reached }, index) => ({
    of,
    points: points + (b[index]?.points ?? 0),
    reached: reached.map((count, level) => count + (b[index]?.reached[level] ?? 0)),
  }))
}

export function findingOf({ points, reached }: ClassCount, level: number): Finding {
  if (points === 0) return 'holds'
  const nominal = 10 ** -(calibratedScores[level] ?? 0)
  const { low, high } = binomialBounds(reached[level] ?? 0, points)
  if (low > nominal) return 'more'
  return high < nominal ? 'less' : 'holds'
}

function countOf(of: string, devices: readonly JudgedDevice[]): ClassCount {
  const reached = calibratedScores.map(() => 0)
  let points = 0
  for (const { scores } of devices) {
    for (const score of scores) {
      if (Number.isNaN(score)) continue
      points += 1
      // Nearly all scores are small.
      for (let level = 0; score >= (calibratedScores[level] ?? Infinity); level += 1) {
        reached[level] = (reached[level] ?? 0) + 1
      }
    }
  }
  return { of, points, reached }
}
