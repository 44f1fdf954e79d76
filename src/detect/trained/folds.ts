import { componentsOf } from './components.ts'
import type { DeviceCells } from './device-cells.ts'
import { fitBaseline } from './fit-baselines.ts'
import type { FitRange } from './fit-range.ts'
import type { GatheredHistory } from './gathered-history.ts'
import { planFor } from './group-plan.ts'
import {
  createHabitTable,
  drawHabits,
  fieldOf,
  signedStrangeness,
  writeOwnHabits,
} from './habit-table.ts'
import { createHeldOut, foldsOf, type HeldOut } from './held-out.ts'
import type { Baseline, Relation } from './model.ts'
import { createObservation, observe } from './observe.ts'
import { groupOf, type Group } from './places.ts'
import { seatOf } from './seat.ts'
import type { Traits } from './traits.ts'

/** By metric index; null where the metric is not learned. */
export interface Learned {
  history: GatheredHistory
  traits: readonly (Traits | null)[]
  relations: readonly (Relation | null)[]
}

export interface FittedGroup {
  group: Group
  /** Gives a device that is not in memory its rows. */
  admit(device: DeviceCells): void
}

/**
 * Judges parts of the history by baselines that have not seen them. Also gives the habits of the kept devices in the
 * whole history, which the model needs and which come for free here.
 */
export function judgeHeldOut(learned: Learned): {
  heldOut: HeldOut
  habits: (Float32Array | null)[]
} {
  const { history, traits, relations } = learned
  const folds = foldsOf(history)
  const shapes = traits.map(
    (each, index) => each && { family: each.family, relation: relations[index] ?? null },
  )
  const heldOut = createHeldOut(history, folds, shapes)
  let habits: (Float32Array | null)[] = []
  for (const range of folds) habits = judgeFold(learned, range, heldOut)
  return { heldOut, habits }
}

/** The group as the slots outside the range make it, habits still to come. */
export function fitGroup(learned: Learned, range: FitRange): FittedGroup {
  const { history, traits } = learned
  const fitted = traits.map(
    (each, metric) => each && fitBaseline({ history, metric, traits: each, range }),
  )
  const baselines = fitted.map((each) => each && each.baseline)
  return {
    group: relatedGroup(baselines, learned),
    admit: (device) => fitted.forEach((each) => each?.admit(device)),
  }
}

/** The same group with what its metrics go with, which no baseline depends on. */
export function withRelations({ group, admit }: FittedGroup, learned: Learned): FittedGroup {
  return { group: relatedGroup(group.metrics, learned), admit }
}

function relatedGroup(
  baselines: readonly (Baseline | null)[],
  { history, relations }: Learned,
): Group {
  const metrics = baselines.map(
    (each, metric) => each && { ...each, relation: relations[metric] ?? null },
  )
  return groupOf(metrics, history.metricIds, planFor(metrics, history.slotMs))
}

/** Fills the range's columns and returns the habits of the whole history. */
function judgeFold(learned: Learned, range: FitRange, heldOut: HeldOut): (Float32Array | null)[] {
  const { history } = learned
  const { group } = fitGroup(learned, range)
  const observation = createObservation(group, history, range)
  const fitted = group.metrics.map((metric) => metric && createHabitTable(metric))
  const whole = group.metrics.map((metric) => metric && createHabitTable(metric))
  const rowOf = new Map([...heldOut.devices].map((device, row) => [device, row]))
  history.kept.forEach((device, index) => {
    const seat = seatOf(group.metrics, device.deviceId, history.slotMs)
    const row = rowOf.get(index)
    observe(observation, device, {
      seat,
      row: row ?? 0,
      heldOut: row === undefined ? null : heldOut,
    })
    group.metrics.forEach((metric, each) => {
      const [own, all] = [fitted[each], whole[each]]
      if (!metric || !own || !all || seat.isNew[each] === 1) return
      const place = { metric: each, row: seat.rows[each] ?? 0 }
      writeOwnHabits(observation, { ...place, table: own }, false)
      writeOwnHabits(observation, { ...place, table: all }, true)
    })
  })
  group.metrics.forEach((metric, each) => {
    const [own, all] = [fitted[each], whole[each]]
    if (!metric || !own || !all) return
    drawHabits(own, metric, history.slotMs)
    drawHabits(all, metric, history.slotMs)
    toStrangeness(
      { metric, habits: own, tables: heldOut.tables[each] ?? [] },
      { learned, range, heldOut },
    )
  })
  return whole
}

/** Replaces components by how strange they are for their device. Newcomers are left out: they would blur the tails. */
function toStrangeness(
  { metric, habits, tables }: { metric: Baseline; habits: Float32Array; tables: Float32Array[] },
  { learned, range, heldOut }: { learned: Learned; range: FitRange; heldOut: HeldOut },
): void {
  const { kept, slotMs } = learned.history
  componentsOf(metric).forEach((_each, component) => {
    const table = tables[component] ?? new Float32Array(0)
    heldOut.devices.forEach((device, row) => {
      const cells = kept[device]
      const seat = seatOf([metric], cells?.deviceId ?? '', slotMs)
      const field = fieldOf(metric, seat.rows[0] ?? 0, component)
      const isLeftOut = seat.isNew[0] === 1 && hasSettled(metric, kept, slotMs)
      for (let slot = range.heldFrom; slot < range.heldTo; slot++) {
        const index = row * heldOut.slots + slot - heldOut.fromSlot
        const isTroubled = cells?.isTroubled?.[slot - cells.fromSlot] === 1
        table[index] =
          isLeftOut || isTroubled ? NaN : signedStrangeness(habits, field, table[index] ?? NaN)
      }
    })
  })
}

function hasSettled(metric: Baseline, kept: readonly DeviceCells[], slotMs: number): boolean {
  return kept.some(({ deviceId }) => seatOf([metric], deviceId, slotMs).isNew[0] === 0)
}
