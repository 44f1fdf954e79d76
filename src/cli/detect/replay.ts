import { dayMs } from '../../contract/model/time.ts'
import { createJudge, type Judge } from '../../detect/trained/judge.ts'
import type { DeviceHistory, GroupModel } from '../../detect/trained/model.ts'
import { trainGroup, type TrainingOutcome } from '../../detect/trained/train.ts'
import type { DeviceVerdict } from '../../detect/trained/verdict.ts'
import { firstFrom, mergedSlots, type MergedSlot, type SlotRange } from './slot-merge.ts'
import { trainingWindow, type Marks } from './training-window.ts'

/** What happened to a group of devices, all in memory. Slots ascend and may repeat; no value is NaN. */
export interface RecordedGroup {
  slotMs: number
  metricIds: readonly string[]
  devices: readonly DeviceHistory[]
}

export interface ReplayOptions {
  /** First slot that is judged; what lies before is learned from. */
  fromSlot: number
  /** Fewest datapoints that a metric is learned from. */
  minimumDatapoints: number
  /** All of a device at one slot, in order of day, device and slot. The slot is reused: keep copies. */
  take(judged: { device: number; slot: MergedSlot; verdict: DeviceVerdict }): void
  /** What each training said. */
  trained?(outcome: TrainingOutcome): void
}

export interface ReplayFigures {
  trainings: number
  trainedDatapoints: number
  trainMs: number
  judgedDatapoints: number
  judgeMs: number
}

/** A station learns from so many days, and anew each day. */
const trainingDays = 14

/** A datapoint as unlikely as this is kept out of later training: what an attack did must not become normal. */
const excludedScore = 5

interface Replay {
  group: RecordedGroup
  options: ReplayOptions
  figures: ReplayFigures
  marks: Marks
}

/**
 * Judges what was recorded as a station would have: trained on the days before, then each slot by the model of its
 * day. Days without a model are passed over. Nothing is judged by what came later.
 */
export function replay(group: RecordedGroup, options: ReplayOptions): ReplayFigures {
  const figures = {
    trainings: 0,
    trainedDatapoints: 0,
    trainMs: 0,
    judgedDatapoints: 0,
    judgeMs: 0,
  }
  const marks = group.devices.map(({ series }) => series.map(() => null))
  const state: Replay = { group, options, figures, marks }
  let model: GroupModel | null = null
  for (const day of daysToJudge(group, options.fromSlot)) {
    model = trainFor(state, day, model) ?? model
    if (model) judgeDay(state, day, createJudge(model))
  }
  return figures
}

/** A day of slots for each day that has datapoints, counted from the first slot that is judged. */
function daysToJudge({ devices, slotMs }: RecordedGroup, fromSlot: number): SlotRange[] {
  const length = slotsPerDay(slotMs)
  const days = new Set<number>()
  for (const one of devices.flatMap(({ series }) => series)) {
    const judged = one ? one.slots.subarray(firstFrom(one.slots, fromSlot)) : []
    for (const slot of judged) days.add(Math.floor((slot - fromSlot) / length))
  }
  return [...days]
    .sort((a, b) => a - b)
    .map((day) => ({ from: fromSlot + day * length, to: fromSlot + (day + 1) * length }))
}

function slotsPerDay(slotMs: number): number {
  return Math.max(1, Math.round(dayMs / slotMs))
}

function trainFor(state: Replay, day: SlotRange, previous: GroupModel | null): GroupModel | null {
  const { group, marks, options, figures } = state
  const from = day.from - trainingDays * slotsPerDay(group.slotMs)
  const devices = trainingWindow(group.devices, marks, { from, to: day.from })
  const datapoints = devices
    .flatMap(({ series }) => series)
    .reduce((sum, one) => sum + (one?.slots.length ?? 0), 0)
  if (datapoints === 0) return null
  const startedAt = performance.now()
  const { minimumDatapoints } = options
  const outcome = trainGroup({ ...group, devices }, { previous, minimumDatapoints })
  figures.trainMs += performance.now() - startedAt
  figures.trainings += 1
  figures.trainedDatapoints += datapoints
  options.trained?.(outcome)
  return outcome.model
}

function judgeDay(state: Replay, day: SlotRange, judge: Judge): void {
  const { group, options, figures } = state
  const startedAt = performance.now()
  const dayBefore = { from: day.from - slotsPerDay(group.slotMs), to: day.from }
  for (const [device, history] of group.devices.entries()) {
    const { deviceId } = history
    for (const { slot, values } of mergedSlots(history, dayBefore)) {
      judge.warm({ deviceId, slot, values })
    }
    for (const slot of mergedSlots(history, day)) {
      const verdict = judge.step({ deviceId, slot: slot.slot, values: slot.values })
      figures.judgedDatapoints += markAnomalies(state, { device, slot, verdict })
      options.take({ device, slot, verdict })
    }
  }
  figures.judgeMs += performance.now() - startedAt
}

/** How many datapoints have a verdict. */
function markAnomalies(
  { group, marks }: Replay,
  { device, slot, verdict }: { device: number; slot: MergedSlot; verdict: DeviceVerdict },
): number {
  let judged = 0
  for (let metric = 0; metric < verdict.metrics.length; metric += 1) {
    const score = verdict.metrics[metric]?.score
    if (score === undefined) continue
    judged += 1
    const ofDevice = marks[device]
    if (score < excludedScore || !ofDevice) continue
    const length = group.devices[device]?.series[metric]?.slots.length ?? 0
    const ofSeries = (ofDevice[metric] ??= new Uint8Array(length))
    ofSeries[slot.positions[metric] ?? 0] = 1
  }
  return judged
}
