import type { DeviceHistory, SeriesHistory } from '../../detect/trained/model.ts'
import { firstFrom, type SlotRange } from './slot-merge.ts'

/** For each device, by metric: 1 for each datapoint that was found anomalous; null where none was. */
export type Marks = (Uint8Array | null)[][]

/** What is learned from a range of slots, as views of what was recorded where that is possible. */
export function trainingWindow(
  devices: readonly DeviceHistory[],
  marks: Marks,
  range: SlotRange,
): DeviceHistory[] {
  return devices.map(({ deviceId, series }, device) => ({
    deviceId,
    series: series.map((one, metric) => partOf(one, marks[device]?.[metric] ?? null, range)),
  }))
}

function partOf(
  series: SeriesHistory | null,
  marks: Uint8Array | null,
  range: SlotRange,
): SeriesHistory | null {
  if (!series) return null
  const from = firstFrom(series.slots, range.from)
  const to = firstFrom(series.slots, range.to)
  if (from === to) return null
  const part = { slots: series.slots.subarray(from, to), values: series.values.subarray(from, to) }
  return withoutRepeats(marks ? { ...part, isExcluded: marks.subarray(from, to) } : part)
}

/** Of several datapoints in one slot the last is learned from. */
function withoutRepeats(series: SeriesHistory): SeriesHistory {
  const { slots, values, isExcluded } = series
  const isLast = (_: number, index: number) => slots[index] !== slots[index + 1]
  if (slots.every(isLast)) return series
  const kept = { slots: slots.filter(isLast), values: values.filter(isLast) }
  return isExcluded ? { ...kept, isExcluded: isExcluded.filter(isLast) } : kept
}
