import type { ConfidenceLevel } from '../../contract/model/profile.ts'
import { confidenceScore } from '../confidence.ts'
import { slotsPerDay } from './calendar.ts'
import type { HeldOut } from './held-out.ts'
import { parameters } from './parameters.ts'

/** How often normal datapoints reach a level, counted on days that were not fitted. */
export interface LevelCalibration {
  /** Share of datapoints that should. */
  nominal: number
  /** Share of datapoints that did, judged by tails that had not seen them. */
  measured: number
  /** Datapoints that reach it a day, over the group: at the larger of the two shares. */
  datapointsPerDay: number
  /** The same, with those of one device and metric within three hours counted once. */
  episodesPerDay: number
}

export interface MetricCalibration {
  metricId: string
  /** Held-out datapoints that were judged. */
  points: number
  /** Datapoints that the group sends in a day. */
  pointsPerDay: number
  levels: Record<ConfidenceLevel, LevelCalibration>
}

/** What a site has to expect of each confidence level, from its own last days. */
export interface CalibrationReport {
  metrics: MetricCalibration[]
}

/** Scores of held-out datapoints, laid out as the tables of `held-out.ts`. */
export function calibrationOf(input: {
  metricId: string
  pointsPerDay: number
  scores: Float32Array
  heldOut: HeldOut
  slotMs: number
}): MetricCalibration {
  const { metricId, pointsPerDay, scores } = input
  const points = scores.reduce((count, score) => count + Number(score === score), 0)
  const levelOf = (level: ConfidenceLevel) => levelCalibration(input, { level, points })
  const levels = { LOW: levelOf('LOW'), MEDIUM: levelOf('MEDIUM'), HIGH: levelOf('HIGH') }
  return { metricId, points, pointsPerDay, levels }
}

/** Of several metrics together. */
export function totalOf(report: CalibrationReport, level: ConfidenceLevel): LevelCalibration {
  const all = report.metrics.map(({ levels }) => levels[level])
  const points = report.metrics.reduce((total, metric) => total + metric.points, 0)
  const reached = report.metrics.reduce(
    (total, metric) => total + metric.points * metric.levels[level].measured,
    0,
  )
  return {
    nominal: 10 ** -confidenceScore[level],
    measured: points > 0 ? reached / points : 0,
    datapointsPerDay: all.reduce((total, each) => total + each.datapointsPerDay, 0),
    episodesPerDay: all.reduce((total, each) => total + each.episodesPerDay, 0),
  }
}

function levelCalibration(
  input: { pointsPerDay: number; scores: Float32Array; heldOut: HeldOut; slotMs: number },
  { level, points }: { level: ConfidenceLevel; points: number },
): LevelCalibration {
  const { datapoints, episodes } = countReaching(input, confidenceScore[level])
  const nominal = 10 ** -confidenceScore[level]
  const measured = points > 0 ? datapoints / points : 0
  const datapointsPerDay = Math.max(nominal, measured) * input.pointsPerDay
  // Where none was seen, each is taken to come alone.
  const clustering = datapoints > 0 ? episodes / datapoints : 1
  return { nominal, measured, datapointsPerDay, episodesPerDay: datapointsPerDay * clustering }
}

function countReaching(
  { scores, heldOut, slotMs }: { scores: Float32Array; heldOut: HeldOut; slotMs: number },
  least: number,
): { datapoints: number; episodes: number } {
  const apart = Math.max(1, Math.round(parameters.life.episodeMs / slotMs))
  let datapoints = 0
  let episodes = 0
  let last = -Infinity
  for (let index = 0; index < scores.length; index++) {
    if (index % heldOut.slots === 0) last = -Infinity
    if (!((scores[index] ?? 0) >= least)) continue
    datapoints++
    if (index - last > apart) episodes++
    last = index
  }
  return { datapoints, episodes }
}

/** Datapoints a day, from how many there are in so many slots. */
export function perDay(datapoints: number, slots: number, slotMs: number): number {
  return (datapoints / Math.max(1, slots)) * slotsPerDay(slotMs)
}
