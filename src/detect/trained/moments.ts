import type { DeviceCells } from './device-cells.ts'
import type { GatheredHistory } from './gathered-history.ts'
import { placeUnit } from './group-plan.ts'
import { parameters } from './parameters.ts'
import { placeRow, type Group } from './places.ts'
import { seatOf } from './seat.ts'
import { missing } from './sliding.ts'

/** Sums over slots in which both of two metrics have a place; a row and a column a metric. */
export interface Moments {
  metrics: number
  products: Float64Array
  squares: Float64Array
  counts: Float64Array
}

export function momentsOf(group: Group, history: GatheredHistory): Moments {
  const metrics = group.metrics.length
  const moments = {
    metrics,
    products: new Float64Array(metrics * metrics),
    squares: new Float64Array(metrics * metrics),
    counts: new Float64Array(metrics * metrics),
  }
  for (const device of history.kept) addDevice(moments, { group, history, device })
  return moments
}

function addDevice(
  moments: Moments,
  { group, history, device }: { group: Group; history: GatheredHistory; device: DeviceCells },
): void {
  const seat = seatOf(group.metrics, device.deviceId, history.slotMs)
  const row = new Int32Array(group.plan.places.channels)
  const last = Math.min(device.fromSlot + device.slots - 1, history.toSlot)
  const { stride } = parameters.relation
  for (let slot = Math.max(device.fromSlot, history.fromSlot); slot <= last; slot += stride) {
    const from = (slot - device.fromSlot) * device.metrics
    const bucket = history.buckets[slot - history.fromSlot] ?? 0
    placeRow(group, seat, { measures: device.cells, from, bucket, row })
    addSlot(moments, group, { row, isNew: seat.isNew })
  }
}

function addSlot(
  { metrics, products, squares, counts }: Moments,
  group: Group,
  { row, isNew }: { row: Int32Array; isNew: Uint8Array },
): void {
  const most = parameters.relation.clip * placeUnit
  const placeOf = (index: number) => {
    const place = row[index] ?? missing
    const isUsable = group.metrics[index]?.family === 'dense' && isNew[index] === 0
    if (!isUsable || place === missing) return NaN
    return Math.min(Math.max(place, -most), most) / placeUnit
  }
  const places = Float64Array.from(row.subarray(0, metrics), (_, index) => placeOf(index))
  for (let a = 0; a < metrics; a++) {
    for (let b = 0; b < metrics; b++) {
      const product = (places[a] ?? NaN) * (places[b] ?? NaN)
      if (product !== product) continue
      const at = a * metrics + b
      products[at] = (products[at] ?? 0) + product
      squares[at] = (squares[at] ?? 0) + (places[a] ?? 0) ** 2
      counts[at] = (counts[at] ?? 0) + 1
    }
  }
}

/** About zero, which is where a place is expected; 0 where one of them never moves. */
export function correlation({ metrics, products, squares }: Moments, a: number, b: number): number {
  const own = squares[a * metrics + b] ?? 0
  const other = squares[b * metrics + a] ?? 0
  return own > 0 && other > 0 ? (products[a * metrics + b] ?? 0) / Math.sqrt(own * other) : 0
}

export function deviation({ metrics, squares, counts }: Moments, metric: number): number {
  const at = metric * metrics + metric
  return Math.sqrt((squares[at] ?? 0) / Math.max(1, counts[at] ?? 0))
}
