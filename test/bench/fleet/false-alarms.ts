import { metricNames, slotsPerDay } from '../fleet-simulator/index.ts'
import type { JudgedDevice } from './judged-fleet.ts'
import { levelNames, levelScores, type LevelName } from './levels.ts'

/** Alarms of devices that nobody attacked. */
export interface AlarmCount {
  /** Datapoints that were judged. */
  points: number
  alarms: Record<LevelName, number>
  /** Alarms of one device less than three hours apart are one. */
  episodes: Record<LevelName, number>
  deviceDays: number
}

/** Three hours. */
export const episodeSlots = 36

/** Of all metrics' verdicts, one by one. */
export function metricAlarms(devices: readonly JudgedDevice[]): AlarmCount {
  return added(devices.map(({ scores }) => countOf(scores, metricNames.length)))
}

/** Of the verdicts over all metrics together. */
export function deviceAlarms(devices: readonly JudgedDevice[]): AlarmCount {
  return added(devices.map(({ deviceScores }) => countOf(deviceScores, 1)))
}

/** Of one metric's verdicts. */
export function alarmsOfMetric(devices: readonly JudgedDevice[], metric: number): AlarmCount {
  const width = metricNames.length
  const isOfMetric = (_: number, at: number) => at % width === metric
  return added(devices.map(({ scores }) => countOf(scores.filter(isOfMetric), 1)))
}

/** `scores`: slots x width, NaN where nothing was judged. */
function countOf(scores: Float32Array, width: number): AlarmCount {
  const count = emptyCount(scores.length / width / slotsPerDay)
  for (const score of scores) if (!Number.isNaN(score)) count.points += 1
  for (const level of levelNames) {
    let lastSlot = -Infinity
    for (const [at, score] of scores.entries()) {
      if (!(score >= levelScores[level])) continue
      const slot = Math.floor(at / width)
      count.alarms[level] += 1
      if (slot - lastSlot > episodeSlots) count.episodes[level] += 1
      lastSlot = slot
    }
  }
  return count
}

function added(counts: readonly AlarmCount[]): AlarmCount {
  const total = emptyCount(0)
  for (const count of counts) {
    total.points += count.points
    total.deviceDays += count.deviceDays
    for (const level of levelNames) {
      total.alarms[level] += count.alarms[level]
      total.episodes[level] += count.episodes[level]
    }
  }
  return total
}

function emptyCount(deviceDays: number): AlarmCount {
  const none = () => ({ LOW: 0, MEDIUM: 0, HIGH: 0 })
  return { points: 0, alarms: none(), episodes: none(), deviceDays }
}
