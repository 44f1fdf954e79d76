import { bucketCount, dayKindOf, dayKinds } from './calendar.ts'
import { corridorOf, type Corridor } from './corridor.ts'
import type { Place } from './expected-range.ts'
import { placeUnit, type GroupPlan } from './group-plan.ts'
import { fromLog, toLog } from './log-scale.ts'
import type { Baseline } from './model.ts'
import { tracksOf } from './seat.ts'
import { parameters } from './parameters.ts'
import { missing } from './sliding.ts'

/** Where one device's values are expected. Arrays are by track (`tracksOf`): a metric's index, or that of a ratio. */
export interface Seat {
  /** Row in the metric's device table; the last one for a device that is not in it. */
  rows: Int32Array
  /** 1: the table holds less than a day of it, and its level comes from its last day (`newcomer.ts`). */
  isNew: Uint8Array
  levels: Float64Array
  scales: Float64Array
  /** Of dense metrics in the bucket: `endsOf`; a bucket of -1 says that they are to be looked up anew. */
  lows: Float64Array
  highs: Float64Array
  bucket: number
}

export interface Group {
  plan: GroupPlan
  metrics: readonly (Baseline | null)[]
  /** By metric index: what its relation's partners are, as metric indices. Empty where none. */
  partners: readonly Int32Array[]
  /** By metric index: what its ratio's partner is; -1 where it has none. */
  comparedTo: Int32Array
  /** By track; null of a sparse metric. */
  corridors: readonly (Corridor | null)[]
  /**
   * By kind of day, the channels of silences that are judged on such days, by metric index; -1 where not. Of days that
   * nobody has seen none is: who knows whether a shop is open then?
   */
  listened: readonly (readonly number[])[]
}

const farthest = parameters.place.farthest * placeUnit

export function groupOf(
  metrics: readonly (Baseline | null)[],
  metricIds: readonly string[],
  plan: GroupPlan,
): Group {
  const partners = metrics.map((metric) =>
    Int32Array.from(metric?.relation?.partners ?? [], (id) => metricIds.indexOf(id)),
  )
  const comparedTo = Int32Array.from(metrics, (metric) =>
    metric?.ratio ? metricIds.indexOf(metric.ratio.partner) : -1,
  )
  const isDense = (track: number) => metrics[track % metrics.length]?.family === 'dense'
  const corridors = tracksOf(metrics).map((each, track) =>
    each && isDense(track) ? corridorOf(each) : null,
  )
  const listened = Array.from({ length: dayKinds }, (_, kind) =>
    plan.silenceChannels.map((channel, index) =>
      metrics[index]?.devices.doubts[kind] === 0 ? channel : -1,
    ),
  )
  return { plan, metrics, partners, comparedTo, corridors, listened }
}

/** A value as it is remembered: its log where the metric is dense, a count where it is sparse. */
export function toMeasure(metric: Pick<Baseline, 'family' | 'unit'>, value: number): number {
  if (metric.family === 'dense') return toLog(value, metric.unit)
  return value > 0 ? Math.min(Math.ceil(value), 2 ** 30) : value <= 0 ? 0 : NaN
}

/** The inverse. */
export function fromMeasure(metric: Pick<Baseline, 'family' | 'unit'>, measure: number): number {
  return metric.family === 'dense' ? fromLog(measure, metric.unit) : measure
}

/** Turns one slot's measures into what slides: places in scales, counts for sparse metrics, and relations. */
export function placeRow(
  group: Group,
  seat: Seat,
  slot: { measures: Float64Array; from: number; bucket: number; row: Int32Array },
): void {
  const { measures, from, bucket, row } = slot
  if (seat.bucket !== bucket) takeEnds(group, seat, bucket)
  for (let index = 0; index < group.metrics.length; index++) {
    const metric = group.metrics[index]
    const measure = measures[from + index] ?? NaN
    if (!metric || measure !== measure) row[index] = missing
    else if (metric.family === 'sparse') row[index] = measure
    else {
      const distance = measure - nearest(measure, seat.lows[index] ?? 0, seat.highs[index] ?? 0)
      row[index] = clipped((distance / (seat.scales[index] ?? 1)) * placeUnit)
    }
  }
  relate(group, row)
  compare(group, seat, slot)
  listen(group, slot)
}

/** What of the corridor comes nearest to the measure. */
function nearest(measure: number, low: number, high: number): number {
  if (measure < low) return low
  return measure > high ? high : measure
}

/** Where a dense metric's values are expected. */
export function placeIn(
  group: Group,
  seat: Seat,
  { index, bucket }: { index: number; bucket: number },
): Place {
  if (seat.bucket !== bucket) takeEnds(group, seat, bucket)
  const { lows, highs, scales } = seat
  return { low: lows[index] ?? 0, high: highs[index] ?? 0, scale: scales[index] ?? 1 }
}

function takeEnds(group: Group, seat: Seat, bucket: number): void {
  seat.bucket = bucket
  for (let index = 0; index < group.corridors.length; index++) {
    if (!group.corridors[index]) continue
    const { low, high } = endsOf(group, { seat, index, bucket })
    seat.lows[index] = low
    seat.highs[index] = high
  }
}

/** The part of that row that is of sparse metrics and of silences. */
export function countRow(
  group: Group,
  slot: { measures: Float64Array; from: number; bucket: number; row: Int32Array },
): void {
  const { measures, from, row } = slot
  for (const index of group.plan.countChannels) {
    const measure = measures[from + index] ?? NaN
    row[index] = measure === measure ? measure : missing
  }
  listen(group, slot)
}

/** Which dense metrics are silent, 1 or 0; for how long is known of the slots before. */
function listen(
  { plan: { silenceChannels }, listened }: Group,
  slot: { measures: Float64Array; from: number; bucket: number; row: Int32Array },
): void {
  const { measures, from, row } = slot
  const channels = listened[dayKindOf(slot.bucket)] ?? silenceChannels
  for (let index = 0; index < silenceChannels.length; index++) {
    const channel = silenceChannels[index] ?? -1
    if (channel < 0) continue
    const measure = channels[index] === channel ? (measures[from + index] ?? NaN) : NaN
    row[channel] = measure === measure ? Number(measure === 0) : missing
  }
}

/** Of a dense metric, log units. */
export function centreOf(
  metric: Baseline,
  seat: Seat,
  { index, bucket }: { index: number; bucket: number },
): number {
  if (seat.isNew[index] === 1) return (seat.levels[index] ?? 0) + (metric.shape[bucket] ?? 0)
  return metric.devices.centres[(seat.rows[index] ?? 0) * bucketCount + bucket] ?? 0
}

/**
 * Both ends of a dense metric's corridor, log units; of a new device the corridor is the fleet's at its own level.
 * Nothing of a sparse one.
 */
export function endsOf(
  { metrics, corridors }: Group,
  { seat, index, bucket }: { seat: Seat; index: number; bucket: number },
): { low: number; high: number } {
  const { rows, isNew, levels } = seat
  const corridor = corridors[index]
  const row = rows[index] ?? 0
  const at = row * bucketCount + bucket
  const fleetLevel = metrics[index]?.devices.levels[row] ?? 0
  const moved = isNew[index] === 1 ? (levels[index] ?? 0) - fleetLevel : 0
  return { low: (corridor?.lows[at] ?? 0) + moved, high: (corridor?.highs[at] ?? 0) + moved }
}

function clipped(place: number): number {
  if (place >= farthest) return farthest
  if (place <= -farthest) return -farthest
  return Math.round(place)
}

function relate({ plan, metrics, partners }: Group, row: Int32Array): void {
  for (let index = 0; index < metrics.length; index++) {
    const channel = plan.relationChannels[index] ?? -1
    if (channel < 0) continue
    row[channel] = leftOver(row, index, {
      partners: partners[index] ?? nobody,
      weights: metrics[index]?.relation?.weights ?? nothing,
    })
  }
}

/** How each metric lies to its partner; missing where one of them is, or nothing is known of them yet. */
function compare(
  group: Group,
  { isNew, lows, highs, scales }: Seat,
  { measures, from, row }: { measures: Float64Array; from: number; row: Int32Array },
): void {
  const { plan, metrics } = group
  for (let index = 0; index < metrics.length; index++) {
    const channel = plan.ratioChannels[index] ?? -1
    if (channel < 0) continue
    const track = metrics.length + index
    const apart = (measures[from + index] ?? NaN) - partnerLog(group, index, { measures, from })
    if (apart !== apart || isNew[track] === 1) row[channel] = missing
    else {
      const distance = apart - nearest(apart, lows[track] ?? 0, highs[track] ?? 0)
      row[channel] = clipped((distance / (scales[track] ?? 1)) * placeUnit)
    }
  }
}

/** Log of what a metric's ratio is taken to, in the unit it was learned in: a part of an older model may be in use. */
export function partnerLog(
  { metrics, comparedTo }: Pick<Group, 'metrics' | 'comparedTo'>,
  index: number,
  { measures, from }: { measures: Float64Array; from: number },
): number {
  const at = comparedTo[index] ?? -1
  const partner = metrics[at]
  const learned = metrics[index]?.ratio?.unit
  // An older model's partner may not be measured any more.
  if (!partner) return NaN
  const measure = measures[from + at] ?? NaN
  if (partner.unit === learned) return measure
  return toLog(fromLog(measure, partner.unit), learned ?? 1)
}

/** What the partners' places do not foretell; missing where one of them is. */
function leftOver(
  row: Int32Array,
  index: number,
  { partners, weights }: { partners: Int32Array; weights: Float64Array },
): number {
  let left = row[index] ?? missing
  if (left === missing) return missing
  for (let each = 0; each < partners.length; each++) {
    const place = row[partners[each] ?? 0] ?? missing
    if (place === missing) return missing
    left -= place * (weights[each] ?? 0)
  }
  return clipped(left)
}

const nobody = new Int32Array(0)
const nothing = new Float64Array(0)
