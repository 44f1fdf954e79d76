import { drawCorridor } from './corridor.ts'
import { cellsOf, measure } from './device-cells.ts'
import { everything } from './fit-range.ts'
import type { FittedGroup, Learned } from './folds.ts'
import { drawRow, writeOwnHabits, type LearnedHabits } from './habit-table.ts'
import type { GroupHistory, MetricModel } from './model.ts'
import { createObservation, observe } from './observe.ts'
import { forgetOutages, type Outages } from './outages.ts'
import { bringToLevel } from './relevel.ts'
import { seatOf, tracksOf } from './seat.ts'

/** Gives the devices that did not stay in memory their rows, reading them a second time, one after the other. */
export function addOthers(others: {
  source: GroupHistory
  learned: Learned
  fitted: FittedGroup
  outages: Outages
  metrics: readonly (MetricModel | null)[]
  habits: readonly (LearnedHabits | null)[]
}): void {
  const { learned, fitted, outages, metrics } = others
  const { history, traits } = learned
  if (history.kept.length === history.deviceIds.length) return
  const tracks = tracksOf(metrics)
  const kept = new Set(history.kept.map(({ deviceId }) => deviceId))
  const observation = createObservation(fitted.group, history, everything)
  for (const source of others.source.devices) {
    const device = kept.has(source.deviceId) ? null : cellsOf(source, history.slotMs)
    if (!device) continue
    measure(device, traits)
    bringToLevel(device, traits, history.slotMs)
    fitted.admit(device)
    const seat = seatOf(metrics, device.deviceId, history.slotMs)
    fitted.group.corridors.forEach((corridor, index) => {
      const track = tracks[index]
      if (corridor && track) drawCorridor(corridor, track, seat.rows[index] ?? 0)
    })
    forgetOutages(device, outages, { group: fitted.group, history })
    observe(observation, device, { seat, row: 0, heldOut: null })
    metrics.forEach((metric, index) => {
      const learnt = others.habits[index]
      if (!metric || !learnt || seat.isNew[index] === 1) return
      const { table, common } = learnt
      const row = seat.rows[index] ?? 0
      writeOwnHabits(observation, { metric: index, row, table })
      drawRow(table, metric, { row, slotMs: history.slotMs, common })
    })
  }
}
