import type { DeviceCells } from './device-cells.ts'
import { slotsPerDay } from './calendar.ts'
import type { GatheredHistory } from './gathered-history.ts'
import { fromLog } from './log-scale.ts'
import type { Baseline } from './model.ts'
import { medianOf } from './order.ts'
import { parameters } from './parameters.ts'
import type { Group } from './places.ts'

/** A device whose level moved by more than four of its scales within the window. Levels in the metric's unit. */
export interface BaselineShift {
  deviceId: string
  metricId: string
  from: number
  to: number
  /** How far, in the device's own scales; positive is up. */
  scales: number
}

export function shiftKey({ metricId, deviceId }: BaselineShift): string {
  return `${metricId} ${deviceId}`
}

/** Levels of the first quarter of the window against those of its last day, both with the fleet's day taken off. */
export function baselineShifts({ metrics }: Group, history: GatheredHistory): BaselineShift[] {
  const slots = history.toSlot + 1 - history.fromSlot
  const perDay = slotsPerDay(history.slotMs)
  if (slots < 2 * perDay) return []
  const early = { from: history.fromSlot, to: history.fromSlot + Math.max(perDay, slots >> 2) }
  const late = { from: history.toSlot + 1 - perDay, to: history.toSlot + 1 }
  return metrics.flatMap((metric, index) => {
    if (metric?.family !== 'dense') return []
    const metricId = history.metricIds[index] ?? ''
    return history.kept.flatMap((device) => {
      const level = (part: Part) => levelIn(history, device, { metric, index, part })
      const from = level(early) - (device.lifted[index] ?? 0)
      const shift = shiftOf(metric, device, { from, to: level(late) })
      return shift ? [{ ...shift, metricId }] : []
    })
  })
}

interface Part {
  from: number
  to: number
}

function shiftOf(
  metric: Baseline,
  { deviceId }: DeviceCells,
  { from, to }: Part,
): Omit<BaselineShift, 'metricId'> | null {
  const row = metric.devices.rows.get(deviceId) ?? 0
  const scales = (to - from) / (metric.devices.scales[row] ?? 1)
  if (!(Math.abs(scales) > parameters.life.shift)) return null
  return { deviceId, from: fromLog(from, metric.unit), to: fromLog(to, metric.unit), scales }
}

/** Middle of the device's logs with the day's shape taken off; NaN where less than half a day is there. */
function levelIn(
  { buckets, fromSlot, slotMs }: GatheredHistory,
  { cells, metrics, fromSlot: first }: DeviceCells,
  { metric, index, part }: { metric: Baseline; index: number; part: Part },
): number {
  const found = new Float64Array(part.to - part.from)
  let count = 0
  for (let slot = part.from; slot < part.to; slot++) {
    const row = slot - first
    const log = row < 0 ? NaN : (cells[row * metrics + index] ?? NaN)
    if (log === log) found[count++] = log - (metric.shape[buckets[slot - fromSlot] ?? 0] ?? 0)
  }
  return 2 * count < slotsPerDay(slotMs) ? NaN : medianOf(found, { from: 0, to: count })
}
