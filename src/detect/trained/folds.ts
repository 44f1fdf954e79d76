import type { DeviceCells } from './device-cells.ts'
import { fitBaseline } from './fit-baselines.ts'
import { everything, type FitRange } from './fit-range.ts'
import type { GatheredHistory } from './gathered-history.ts'
import { planFor } from './group-plan.ts'
import {
  createHabitTable,
  drawHabits,
  type LearnedHabits,
  fieldOf,
  signedStrangeness,
  writeOwnHabits,
} from './habit-table.ts'
import { createHeldOut, foldsOf, type HeldOut } from './held-out.ts'
import type { Baseline, Ratio, Relation } from './model.ts'
import { createObservation, observe } from './observe.ts'
import { groupOf, type Group } from './places.ts'
import { ratioTraits } from './ratios.ts'
import { seatOf } from './seat.ts'
import type { Traits } from './traits.ts'

/** By metric index; null where the metric is not learned. */
export interface Learned {
  history: GatheredHistory
  traits: readonly (Traits | null)[]
  relations: readonly (Relation | null)[]
  /** What each metric's ratio is taken to. */
  partners: readonly (number | null)[]
}

export interface FittedGroup {
  group: Group
  /** Gives a device that is not in memory its rows. */
  admit(device: DeviceCells): void
}

/** Judges parts of the history by baselines that have not seen them, and as the group's components do. */
export function judgeHeldOut(learned: Learned, { metrics }: Group): HeldOut {
  const { history } = learned
  const folds = foldsOf(history)
  const heldOut = createHeldOut(history, folds, metrics)
  for (const range of folds) judgeFold(learned, range, heldOut)
  return heldOut
}

/** The group as the slots outside the range make it, habits still to come. */
export function fitGroup(learned: Learned, range: FitRange): FittedGroup {
  const { history, traits } = learned
  const fitted = traits.map(
    (each, metric) => each && fitBaseline({ history, metric, over: null, traits: each, range }),
  )
  const metrics = fitted.map((each) => each && each.baseline)
  const alone = {
    group: groupOf(metrics, history.metricIds, planFor(metrics, history.slotMs)),
    admit: (device: DeviceCells) => fitted.forEach((each) => each?.admit(device)),
  }
  return withPartners(alone, learned, range)
}

/** The same group with what its metrics go with and are compared to, which no baseline depends on. */
export function withPartners(
  { group, admit }: FittedGroup,
  { history, relations, partners }: Learned,
  range: FitRange,
): FittedGroup {
  const ratios = partners.map((over, metric) =>
    over === null ? null : fitBaseline({ history, metric, over, traits: ratioTraits, range }),
  )
  const metrics = group.metrics.map((each, metric) => {
    const relation = relations[metric] ?? null
    return each && { ...each, relation, ratio: ratioOf(metric) }
  })
  return {
    group: groupOf(metrics, history.metricIds, planFor(metrics, history.slotMs)),
    admit: (device) => {
      admit(device)
      ratios.forEach((each) => each?.admit(device))
    },
  }

  function ratioOf(metric: number): Ratio | null {
    const fitted = ratios[metric]
    if (!fitted) return null
    const index = partners[metric] ?? -1
    const unit = group.metrics[index]?.unit ?? 1
    return { partner: history.metricIds[index] ?? '', unit, devices: fitted.baseline.devices }
  }
}

/** Fills the range's columns. */
function judgeFold(learned: Learned, range: FitRange, heldOut: HeldOut): void {
  const { group } = fitGroup(learned, range)
  const habits = observeAll(learned, { group, range, heldOut })
  group.metrics.forEach((metric, each) => {
    const own = habits[each]
    const tables = heldOut.tables[each] ?? []
    if (metric && own)
      toStrangeness({ metric, habits: own.table, tables }, { learned, range, heldOut })
  })
}

/** What the devices do by themselves as the group sees them. */
export function habitsIn(learned: Learned, group: Group): (LearnedHabits | null)[] {
  return observeAll(learned, { group, range: everything, heldOut: null })
}

/** The habits outside the range; what the components say within it goes into the tables, of the devices that are there. */
function observeAll(
  { history }: Learned,
  { group, range, heldOut }: { group: Group; range: FitRange; heldOut: HeldOut | null },
): (LearnedHabits | null)[] {
  const observation = createObservation(group, history, range)
  const tables = group.metrics.map((metric) => metric && createHabitTable(metric))
  const rowOf = new Map(Array.from(heldOut?.devices ?? [], (device, row) => [device, row]))
  history.kept.forEach((device, index) => {
    const row = rowOf.get(index)
    if (heldOut && row === undefined) return
    const seat = seatOf(group.metrics, device.deviceId, history.slotMs)
    observe(observation, device, { seat, row: row ?? 0, heldOut })
    tables.forEach((table, metric) => {
      if (!table || seat.isNew[metric] === 1) return
      writeOwnHabits(observation, { metric, row: seat.rows[metric] ?? 0, table })
    })
  })
  return group.metrics.map((metric, each) => {
    const table = tables[each]
    if (!metric || !table) return null
    return { table, common: drawHabits(table, metric, history.slotMs) }
  })
}

/** Replaces components by how strange they are for their device. Newcomers are left out: they would blur the tails. */
function toStrangeness(
  { metric, habits, tables }: { metric: Baseline; habits: Float32Array; tables: Float32Array[] },
  { learned, range, heldOut }: { learned: Learned; range: FitRange; heldOut: HeldOut },
): void {
  const { kept, slotMs } = learned.history
  const areAllNew = !hasSettled(metric, kept, slotMs)
  heldOut.devices.forEach((device, row) => {
    const cells = kept[device]
    const seat = seatOf([metric], cells?.deviceId ?? '', slotMs)
    const isLeftOut = seat.isNew[0] === 1 && !areAllNew
    tables.forEach((table, component) => {
      const field = fieldOf(metric, seat.rows[0] ?? 0, component)
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
