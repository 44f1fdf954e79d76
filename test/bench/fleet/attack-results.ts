import { metricNames, type AttackKind, type AttackLabel } from '../fleet-simulator/index.ts'
import type { JudgedDevice, JudgedFleet } from './judged-fleet.ts'
import { levelNames, levelScores, type LevelName } from './levels.ts'

/** What came of one attack. */
export interface AttackResult extends AttackLabel {
  seed: number
  /** Slots from its start to the first alarm of each level; null where there was none. */
  delays: Record<LevelName, number | null>
  /** Share of clean devices that alarmed in the same slots, so by chance. */
  chance: Record<LevelName, number>
  /** Highest score of each metric within the attack, strangest first, and of the device. */
  top: { metric: string; score: number }[]
  topDeviceScore: number
}

/** A detection may come so long after the end. An hour: what happened has to be in the windows. */
const graceSlots = 12

/** An attack is detected by any of the device's metrics or by all of them together. */
export function attackResults(fleet: JudgedFleet, seed: number): AttackResult[] {
  const byName = new Map(fleet.devices.map((device) => [device.deviceId, device]))
  const clean = fleet.devices.filter(({ isAttacked, isNew }) => !isAttacked && !isNew)
  const strongest = new Map(fleet.devices.map((device) => [device, strongestBySlot(device)]))
  return fleet.attacks.flatMap((attack) => {
    const device = byName.get(attack.deviceId)
    if (!device) return []
    const range = { from: attack.fromSlot, to: Math.min(fleet.slots, attack.toSlot + graceSlots) }
    const delayOf = (one: JudgedDevice, level: LevelName) =>
      delayTo(levelScores[level], strongest.get(one) ?? new Float32Array(0), range)
    const chanceOf = (level: LevelName) =>
      clean.filter((one) => delayOf(one, level) !== null).length / Math.max(1, clean.length)
    return {
      ...attack,
      seed,
      delays: byLevel((level) => delayOf(device, level)),
      chance: byLevel(chanceOf),
      top: topMetrics(device, range),
      topDeviceScore: highest(device.deviceScores.subarray(range.from, range.to)),
    }
  })
}

export interface KindSummary {
  kind: AttackKind
  attacks: number
  /** Share that was detected. */
  detected: Record<LevelName, number>
  /** Of those that were detected, minutes; null where none was. */
  medianDelayMinutes: Record<LevelName, number | null>
  /** Share that chance alone would have detected. */
  chance: Record<LevelName, number>
}

const slotMinutes = 5

export function summaryOf(kind: AttackKind, results: readonly AttackResult[]): KindSummary {
  const ofKind = results.filter((result) => result.kind === kind)
  const found = (level: LevelName) =>
    ofKind.flatMap(({ delays }) => delays[level] ?? []).sort((a, b) => a - b)
  return {
    kind,
    attacks: ofKind.length,
    detected: byLevel((level) => found(level).length / ofKind.length),
    medianDelayMinutes: byLevel((level) => {
      const delays = found(level)
      const middle = delays[Math.floor(delays.length / 2)]
      return middle === undefined ? null : middle * slotMinutes
    }),
    chance: byLevel((level) => {
      return ofKind.reduce((sum, { chance }) => sum + chance[level], 0) / ofKind.length
    }),
  }
}

function byLevel<Value>(of: (level: LevelName) => Value): Record<LevelName, Value> {
  const [low, medium, high] = levelNames.map(of)
  return { LOW: low, MEDIUM: medium, HIGH: high } as Record<LevelName, Value>
}

/** Highest of the metrics' scores and the device's in each slot; 0 where nothing was judged. */
export function strongestBySlot({ scores, deviceScores }: JudgedDevice): Float32Array {
  const width = metricNames.length
  return deviceScores.map((together, slot) =>
    scores
      .subarray(slot * width, (slot + 1) * width)
      .reduce(
        (most, score) => (score > most ? score : most),
        Number.isNaN(together) ? 0 : together,
      ),
  )
}

function delayTo(
  score: number,
  strongest: Float32Array,
  { from, to }: { from: number; to: number },
): number | null {
  const delay = strongest.subarray(from, to).findIndex((one) => one >= score)
  return delay === -1 ? null : delay
}

function topMetrics(device: JudgedDevice, { from, to }: { from: number; to: number }) {
  const width = metricNames.length
  const tops = metricNames.map((metric, index) => ({
    metric,
    score: highest(
      device.scores.subarray(from * width, to * width).filter((_, at) => at % width === index),
    ),
  }))
  return tops.sort((a, b) => b.score - a.score)
}

function highest(scores: Float32Array): number {
  return scores.reduce((most, score) => (score > most ? score : most), 0)
}
