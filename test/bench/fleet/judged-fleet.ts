import { replay, type RecordedGroup, type ReplayFigures } from '../../../src/cli/detect/replay.ts'
import { newsScore } from '../../../src/detect/trained/verdict.ts'
import {
  metricNames,
  planAttacks,
  simulateFleet,
  slotMs,
  slotsPerDay,
  type AttackKind,
  type AttackLabel,
  type BenignEvent,
  type DeviceClassName,
  type DeviceHistory,
} from '../fleet-simulator/index.ts'
import { planPlainAttacks, simulatePlainFleet } from '../plain-fleet/index.ts'

/** A simulated fleet and what the detector said of it. Slots count from the first that was judged. */
export interface JudgedFleet {
  slots: number
  devices: JudgedDevice[]
  attacks: AttackLabel[]
  figures: ReplayFigures
}

export interface JudgedDevice {
  deviceId: string
  deviceClass: DeviceClassName
  /** Joined when the evaluation began: without any history. */
  isNew: boolean
  isAttacked: boolean
  /** Harmless things that happened to it, those of the training days with slots below 0. */
  events: readonly BenignEvent[]
  /** Slots x metrics; NaN without a verdict. */
  scores: Float32Array
  /** By slot; NaN without a verdict. */
  deviceScores: Float32Array
}

export interface FleetTrial {
  seed: number
  devices: number
  perKind: number
  kinds: readonly AttackKind[]
  /** Clean days that are learned from, then days with attacks. */
  trainingDays: number
  judgedDays: number
  minimumDatapoints: number
  /** `plain-fleet` instead of `fleet-simulator`: `kinds` and `incidentRate` do not count. */
  isPlain?: boolean
  /** As of `FleetOptions`. */
  incidentRate?: number
}

/** Simulates a fleet, learns its first days and judges the others, with a training a day as in a station. */
export function judgeFleet(trial: FleetTrial): JudgedFleet {
  const { trainingDays, judgedDays, minimumDatapoints } = trial
  const { attacks, histories } = trial.isPlain ? plainFleet(trial) : simulatedFleet(trial)
  const firstSlot = Date.UTC(2026, 0, 5) / slotMs
  const slots = judgedDays * slotsPerDay
  const judged: JudgedDevice[] = []
  const group: RecordedGroup = {
    slotMs,
    metricIds: metricNames,
    devices: Array.from(histories, (history) => {
      judged.push(unjudged(history, { slots, fromSlot: trainingDays * slotsPerDay }))
      return { deviceId: history.deviceId, series: seriesOf(history, firstSlot) }
    }),
  }
  const fromSlot = firstSlot + trainingDays * slotsPerDay
  const figures = replay(group, {
    fromSlot,
    minimumDatapoints,
    take: ({ device, slot, verdict }) => {
      const into = judged[device]
      if (!into) return
      const at = slot.slot - fromSlot
      into.deviceScores[at] = verdict.device.score
      verdict.metrics.forEach((one, metric) => {
        if (one) into.scores[at * metricNames.length + metric] = newsScore(one)
      })
    },
  })
  const start = trainingDays * slotsPerDay
  const shifted = attacks.map((label) => ({
    ...label,
    fromSlot: label.fromSlot - start,
    toSlot: label.toSlot - start,
  }))
  return { slots, devices: judged, attacks: shifted, figures }
}

interface LabelledFleet {
  attacks: AttackLabel[]
  histories: Iterable<DeviceHistory>
}

function simulatedFleet({ seed, devices, trainingDays, judgedDays, ...trial }: FleetTrial) {
  const days = trainingDays + judgedDays
  const { incidentRate = 1 } = trial
  const fleet = { seed, devices, days, incidentRate, newcomerFromDay: trainingDays }
  const plan = { ...fleet, fromDay: trainingDays, perKind: trial.perKind, kinds: trial.kinds }
  const attacks = trial.perKind === 0 ? [] : planAttacks(plan)
  return { attacks, histories: simulateFleet({ ...fleet, attacks }) } satisfies LabelledFleet
}

function plainFleet({ seed, devices, trainingDays, judgedDays, perKind }: FleetTrial) {
  const days = trainingDays + judgedDays
  const options = { seed, devices, days, fromDay: trainingDays, perKind }
  return {
    attacks: planPlainAttacks(options),
    histories: simulatePlainFleet(options),
  } satisfies LabelledFleet
}

function unjudged(
  { deviceId, deviceClass, firstSlot, labels, events }: DeviceHistory,
  { slots, fromSlot }: { slots: number; fromSlot: number },
): JudgedDevice {
  return {
    deviceId,
    deviceClass,
    isNew: firstSlot >= fromSlot,
    isAttacked: labels.length > 0,
    events: events.map(({ slot, kind }) => ({ slot: slot - fromSlot, kind })),
    scores: new Float32Array(slots * metricNames.length).fill(NaN),
    deviceScores: new Float32Array(slots).fill(NaN),
  }
}

/** What is missing is left out. */
function seriesOf(
  { values }: DeviceHistory,
  firstSlot: number,
): RecordedGroup['devices'][number]['series'] {
  return metricNames.map((name) => {
    const column = values[name]
    const slots = Int32Array.from(column.keys(), (slot) => firstSlot + slot)
    const isThere = (_: number, slot: number) => !Number.isNaN(column[slot])
    return { slots: slots.filter(isThere), values: column.filter(isThere) }
  })
}
