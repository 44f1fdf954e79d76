import { createJudge, type Judge } from '../../../../src/detect/trained/judge.ts'
import type {
  DeviceHistory,
  GroupHistory,
  GroupModel,
} from '../../../../src/detect/trained/model.ts'
import { trainGroup, type TrainingOptions } from '../../../../src/detect/trained/train.ts'
import type { DeviceVerdict } from '../../../../src/detect/trained/verdict.ts'
import { day, monday } from './mixed-fleet.ts'

/** What was learned; throws where nothing was. */
export function learn(history: GroupHistory, options: Partial<TrainingOptions> = {}): GroupModel {
  const { model } = trainGroup(history, { minimumDatapoints: 1, ...options })
  if (!model) throw new Error('there was nothing to learn from')
  return model
}

/** Row of one slot from a history with all metrics in all slots. */
export function rowAt(history: GroupHistory, deviceId: string, slot: number): Float64Array {
  const device = [...history.devices].find((each) => each.deviceId === deviceId)
  return Float64Array.from(history.metricIds, (_, metric) => {
    const series = device?.series[metric]
    return series?.values[slot - (series.slots[0] ?? 0)] ?? NaN
  })
}

/** A judge that has seen the last day of the history. */
export function warmedJudge(model: GroupModel, history: GroupHistory, end: number): Judge {
  const judge = createJudge(model)
  for (const { deviceId } of history.devices) {
    for (let slot = end - day; slot < end; slot++) {
      judge.warm({ deviceId, slot, values: rowAt(history, deviceId, slot) })
    }
  }
  return judge
}

/** Scores of all metrics of one device over some slots after the history. */
export function verdictsOf(
  judge: Judge,
  deviceId: string,
  rows: readonly { slot: number; values: Float64Array }[],
): DeviceVerdict[] {
  return rows.map((row) => judge.step({ deviceId, ...row }))
}

/** A history of one metric, the same slots on every device. */
export function plainHistory(
  valueAt: (device: number, slot: number) => number,
  { devices, slots, metricId = 'metric' }: { devices: number; slots: number; metricId?: string },
): GroupHistory & { devices: DeviceHistory[] } {
  const times = Int32Array.from({ length: slots }, (_, index) => monday + index)
  return {
    slotMs: 300_000,
    metricIds: [metricId],
    devices: Array.from({ length: devices }, (_, device) => ({
      deviceId: `d${device}`,
      series: [{ slots: times, values: Float64Array.from(times, (slot) => valueAt(device, slot)) }],
    })),
  }
}
