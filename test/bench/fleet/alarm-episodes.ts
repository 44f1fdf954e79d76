import { metricNames, slotsPerDay, type BenignEvent } from '../fleet-simulator/index.ts'
import { episodeSlots } from './false-alarms.ts'
import type { JudgedDevice } from './judged-fleet.ts'
import { levelScores } from './levels.ts'

/** Alarms of a clean device's metric at LOW, less than three hours apart. Slots count from the first judged one. */
export interface AlarmEpisode {
  deviceId: string
  deviceClass: string
  isNew: boolean
  /** Null: all metrics together. */
  metric: string | null
  fromSlot: number
  toSlot: number
  alarms: number
  topScore: number
  /** The last thing that happened to the device in the day before the alarm or in the hour after it began. */
  event: BenignEvent | null
}

/** Every false alarm, so that a person can look at what it was. */
export function alarmEpisodes(devices: readonly JudgedDevice[]): AlarmEpisode[] {
  const clean = devices.filter(({ isAttacked }) => !isAttacked)
  return clean.flatMap((device) => [
    ...metricNames.flatMap((name, metric) => {
      const isOfMetric = (_: number, at: number) => at % metricNames.length === metric
      return episodesOf(device, name, device.scores.filter(isOfMetric))
    }),
    ...episodesOf(device, null, device.deviceScores),
  ])
}

function episodesOf(
  { deviceId, deviceClass, isNew, events }: JudgedDevice,
  metric: string | null,
  scores: Float32Array,
): AlarmEpisode[] {
  const episodes: AlarmEpisode[] = []
  for (const [slot, score] of scores.entries()) {
    if (!(score >= levelScores.LOW)) continue
    const last = episodes.at(-1)
    if (last && slot - last.toSlot <= episodeSlots) {
      last.toSlot = slot
      last.alarms += 1
      last.topScore = Math.max(last.topScore, score)
      continue
    }
    const known = { deviceId, deviceClass, isNew, metric, event: eventNear(events, slot) }
    episodes.push({ ...known, fromSlot: slot, toSlot: slot, alarms: 1, topScore: score })
  }
  return episodes
}

const slotsPerHour = slotsPerDay / 24

function eventNear(events: readonly BenignEvent[], slot: number): BenignEvent | null {
  const isNear = (event: BenignEvent) =>
    event.slot > slot - slotsPerDay && event.slot <= slot + slotsPerHour
  return events.findLast(isNear) ?? null
}
