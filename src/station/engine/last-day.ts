import { slotsPerDay } from '../../contract/model/time.ts'
import { decodeModel } from '../../detect/trained/codec.ts'
import { createJudge, type Judge } from '../../detect/trained/judge.ts'
import { groupDevices, type GroupDevice } from '../store/datapoints.ts'
import { closeReader, openReader } from '../store/open.ts'
import type { LoadJob } from './protocol.ts'

/**
 * A judge that knows the last day of every device, so that it goes on as if it had never been away. Null where
 * there is no model.
 */
export function openJudge({ model, databasePath, throughSlot }: LoadJob): Judge | null {
  if (!model) return null
  const judge = createJudge(decodeModel(model))
  const reader = openReader(databasePath)
  try {
    const { metricIds } = judge.model
    const fromSlot = throughSlot - slotsPerDay + 1
    for (const device of groupDevices(reader, { metricIds, fromSlot, toSlot: throughSlot })) {
      remember(judge, device, { fromSlot, toSlot: throughSlot })
    }
  } finally {
    closeReader(reader)
  }
  return judge
}

function remember(
  judge: Judge,
  { deviceId, series }: GroupDevice,
  { fromSlot, toSlot }: { fromSlot: number; toSlot: number },
): void {
  const next = series.map(() => 0)
  for (let slot = fromSlot; slot <= toSlot; slot++) {
    const values = new Float64Array(series.length).fill(NaN)
    for (const [metric, data] of series.entries()) {
      const at = next[metric] ?? 0
      if (data?.slots[at] !== slot) continue
      values[metric] = data.values[at] ?? NaN
      next[metric] = at + 1
    }
    if (values.some((value) => !Number.isNaN(value))) judge.warm({ deviceId, slot, values })
  }
}
