import type { DeviceCells } from './device-cells.ts'
import type { GatheredHistory } from './gathered-history.ts'
import { placeUnit } from './group-plan.ts'
import type { Relation } from './model.ts'
import { parameters } from './parameters.ts'
import { placeRow, type Group } from './places.ts'
import { seatOf } from './seat.ts'
import { missing } from './sliding.ts'

/** Sums over slots in which both of two metrics have a place; a row and a column a metric. */
interface Moments {
  metrics: number
  products: Float64Array
  squares: Float64Array
  counts: Float64Array
}

/**
 * Learns for each dense metric how its place follows from those of a few others in the same slot, over all devices
 * together: a ridge regression (Hoerl and Kennard 1970). A metric that says all but the same is no partner: what
 * makes one strange makes the other strange, and nothing would be left. Null where the others say little.
 */
export function learnRelations(group: Group, history: GatheredHistory): (Relation | null)[] {
  const moments = momentsOf(group, history)
  return group.metrics.map((metric, target) => {
    if (metric?.family !== 'dense') return null
    const partners = partnersOf(moments, target)
    if (partners.length === 0) return null
    const { weights, explained } = regress(moments, target, partners)
    if (explained < parameters.relation.leastExplained) return null
    const ids = partners.map((partner) => history.metricIds[partner] ?? '')
    return { partners: ids, weights: Float64Array.from(weights) }
  })
}

function momentsOf(group: Group, history: GatheredHistory): Moments {
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

/** Those that tell most of the target without telling all of it. */
function partnersOf(moments: Moments, target: number): number[] {
  const { most, leastShared, mostShared } = parameters.relation
  return Array.from({ length: moments.metrics }, (_, metric) => metric)
    .filter((metric) => metric !== target)
    .map((metric) => ({ metric, shared: correlation(moments, target, metric) ** 2 }))
    .filter(({ shared }) => shared >= leastShared && shared <= mostShared)
    .sort((a, b) => b.shared - a.shared || a.metric - b.metric)
    .slice(0, most)
    .map(({ metric }) => metric)
}

function regress(
  moments: Moments,
  target: number,
  partners: readonly number[],
): { weights: number[]; explained: number } {
  const matrix = partners.map((a) =>
    partners.map((b) => (a === b ? 1 + parameters.relation.ridge : correlation(moments, a, b))),
  )
  const shared = partners.map((partner) => correlation(moments, target, partner))
  const standard = solve(matrix, shared)
  const explained = standard.reduce((sum, weight, index) => sum + weight * (shared[index] ?? 0), 0)
  const weights = standard.map((weight, index) => {
    return (weight * deviation(moments, target)) / deviation(moments, partners[index] ?? 0)
  })
  return { weights, explained }
}

/** About zero, which is where a place is expected; 0 where one of them never moves. */
function correlation({ metrics, products, squares }: Moments, a: number, b: number): number {
  const own = squares[a * metrics + b] ?? 0
  const other = squares[b * metrics + a] ?? 0
  return own > 0 && other > 0 ? (products[a * metrics + b] ?? 0) / Math.sqrt(own * other) : 0
}

function deviation({ metrics, squares, counts }: Moments, metric: number): number {
  const at = metric * metrics + metric
  return Math.sqrt((squares[at] ?? 0) / Math.max(1, counts[at] ?? 0))
}

/** Gauss-Jordan; the matrix is positive definite. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0])
  rows.forEach((pivot, step) => {
    const lead = pivot[step] ?? 1
    for (let column = step; column < pivot.length; column++) {
      pivot[column] = (pivot[column] ?? 0) / lead
    }
    for (const other of rows) {
      const factor = other === pivot ? 0 : (other[step] ?? 0)
      if (factor === 0) continue
      for (let column = step; column < other.length; column++) {
        other[column] = (other[column] ?? 0) - factor * (pivot[column] ?? 0)
      }
    }
  })
  return rows.map((row) => row.at(-1) ?? 0)
}
