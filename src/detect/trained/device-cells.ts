import type { DeviceHistory, SeriesHistory } from './model.ts'
import { toMeasure } from './places.ts'
import type { Traits } from './traits.ts'
import { parameters } from './parameters.ts'

/** One device's history as a table: a row a slot from `fromSlot` on, a column a metric, NaN where nothing is. */
export interface DeviceCells {
  deviceId: string
  fromSlot: number
  slots: number
  metrics: number
  cells: Float64Array
  /** By metric: finite values, also those kept out of fitting. */
  datapoints: Int32Array
  /** By row: 1 near a datapoint known anomalous, of whatever metric; null where there is none. */
  isTroubled: Uint8Array | null
  /** Indices in `cells` of what a person found normal. */
  normal: ReadonlySet<number>
  /** By metric: how far its earlier measures were lifted to the level that it is at now (`relevel.ts`). */
  lifted: Float64Array
}

/** Leaves out what is excluded, what is not finite and what a broken clock put far away. Null of nothing. */
export function cellsOf(history: DeviceHistory, slotMs: number): DeviceCells | null {
  const range = rangeOf(history, Math.ceil(parameters.history.farthestMs / slotMs))
  if (!range) return null
  const { fromSlot, toSlot } = range
  const metrics = history.series.length
  const slots = toSlot - fromSlot + 1
  const cells = new Float64Array(slots * metrics).fill(NaN)
  const datapoints = new Int32Array(metrics)
  const isTroubled = troubledOf(history, { fromSlot, slots, slotMs })
  const { deviceId } = history
  const lifted = new Float64Array(metrics)
  const normal = new Set<number>()
  const table = {
    deviceId,
    fromSlot,
    slots,
    metrics,
    cells,
    datapoints,
    isTroubled,
    normal,
    lifted,
  }
  history.series.forEach((series, metric) => series && fill(table, metric, series))
  return table
}

/** Replaces values by what is computed with: logs of dense metrics, counts of sparse ones. */
export function measure({ cells, metrics }: DeviceCells, traits: readonly (Traits | null)[]): void {
  traits.forEach((each, metric) => {
    if (!each) return
    for (let index = metric; index < cells.length; index += metrics) {
      cells[index] = toMeasure(each, cells[index] ?? NaN)
    }
  })
}

function fill(
  table: DeviceCells & { normal: Set<number> },
  metric: number,
  series: SeriesHistory,
): void {
  const { fromSlot, slots, metrics, cells, datapoints, normal } = table
  const excluded = exclusionsOf(series)
  for (let index = 0; index < series.slots.length; index++) {
    const value = series.values[index] ?? NaN
    const row = (series.slots[index] ?? 0) - fromSlot
    if (!Number.isFinite(value) || row < 0 || row >= slots) continue
    datapoints[metric] = (datapoints[metric] ?? 0) + 1
    const at = row * metrics + metric
    if (excluded?.[index] !== 1) cells[at] = value
    if (series.isNormal?.[index] === 1) normal.add(at)
  }
}

function troubledOf(
  { series }: DeviceHistory,
  { fromSlot, slots, slotMs }: { fromSlot: number; slots: number; slotMs: number },
): Uint8Array | null {
  if (!series.some((each) => each?.isExcluded?.includes(1))) return null
  const troubled = new Uint8Array(slots)
  const reach = Math.round(parameters.calibration.troubledMs / slotMs)
  for (const each of series) {
    each?.isExcluded?.forEach((flag, index) => {
      const row = (each.slots[index] ?? 0) - fromSlot
      if (flag !== 1 || row + reach < 0 || row - reach >= slots) return
      troubled.fill(1, Math.max(0, row - reach), row + reach + 1)
    })
  }
  return troubled
}

/** Where more than a small share is anomalous it is the new normal, and is learned. */
function exclusionsOf({ slots, isExcluded }: SeriesHistory): Uint8Array | null {
  if (!isExcluded) return null
  const count = isExcluded.reduce((sum, flag) => sum + flag, 0)
  return count <= parameters.history.mostExcluded * slots.length ? isExcluded : null
}

/** First and last slot near the middle one. */
function rangeOf(
  { series }: DeviceHistory,
  farthest: number,
): { fromSlot: number; toSlot: number } | null {
  const longest = series.reduce<Int32Array>(
    (best, each) => (each && each.slots.length > best.length ? each.slots : best),
    new Int32Array(0),
  )
  const middle = longest[longest.length >> 1]
  if (middle === undefined) return null
  let fromSlot = middle
  let toSlot = middle
  for (const each of series) {
    for (const slot of each?.slots ?? []) {
      if (slot < fromSlot && slot >= middle - farthest) fromSlot = slot
      if (slot > toSlot && slot <= middle + farthest) toSlot = slot
    }
  }
  return { fromSlot, toSlot }
}
