import { bucketCount, bucketOf } from '../../src/detect/trained/calendar.ts'
import { recentSlots } from '../../src/detect/trained/component-value.ts'
import { componentsOf, slotsOf, type Component } from '../../src/detect/trained/components.ts'
import type { GroupModel, MetricModel, Ratio, Tail } from '../../src/detect/trained/model.ts'
import { parameters } from '../../src/detect/trained/parameters.ts'

const { farthest } = parameters.place

/**
 * What the judge computes, said plainly: everything anew from the device's last day, with arrays and loops and no
 * state. It shares the model, the parameters and the table of components with the judge, and no arithmetic.
 */
export interface ReferenceVerdict {
  score: number
  /** Decades of each component. */
  components: number[]
  /** Decades of those that count for the device. */
  unrest: number
}

/** By slot: a device's values by metric index, NaN is missing. */
export type Values = ReadonlyMap<number, Float64Array>

/** Null where there is no value or no model, or another metric is meant. The score is before what was told. */
export function referenceVerdicts(
  model: GroupModel,
  { deviceId, slot, values }: { deviceId: string; slot: number; values: Values },
  only?: number,
): (ReferenceVerdict | null)[] {
  const day = slotsOf('day', model.slotMs)
  const slots = Array.from({ length: day }, (_, index) => slot - day + 1 + index)
  const partners = model.metrics[only ?? -1]?.relation?.partners ?? []
  const isAsked = (index: number) =>
    only === undefined || index === only || partners.includes(model.metricIds[index] ?? '')
  const places = model.metrics.map((metric, index) =>
    metric && isAsked(index)
      ? placesOf(model, metric, { deviceId, slots, values, index })
      : slots.map(() => NaN),
  )
  return model.metrics.map((metric, index) => {
    const own = places[index] ?? []
    if (only !== undefined && index !== only) return null
    if (!metric || Number.isNaN(own.at(-1))) return null
    return verdictOf(model, metric, {
      deviceId,
      own,
      relation: leftOver(model, places, index),
      silence: silences(
        slots.map((at) => (isSeenDay(model, metric, at) ? (values.get(at)?.[index] ?? NaN) : NaN)),
        slotsOf('hour', model.slotMs),
      ),
      ratio: comparedPlaces(model, metric, { deviceId, slots, values, index }),
    })
  })
}

/** Whether six datapoints of the last twelve hours were by themselves at this one's level: LOW, MEDIUM or HIGH. */
export function isToldBefore(
  model: GroupModel,
  { deviceId, slot, values }: { deviceId: string; slot: number; values: Values },
  { index, score }: { index: number; score: number },
): boolean {
  const metric = model.metrics[index]
  if (!metric || rowOf(model, metric, deviceId).isNew) return false
  const slots = Array.from({ length: 43_200_000 / model.slotMs }, (_, ago) => slot - 1 - ago)
  let asStrange = 0
  for (const before of slots) {
    if (!values.has(before) || asStrange === 6) continue
    const own = referenceVerdicts(model, { deviceId, slot: before, values }, index)[index]
    if (own && own.score >= Math.floor(Math.min(score, 6))) asStrange++
  }
  return asStrange === 6
}

/** -log10 p of the device, from the unrest of its metrics. */
export function referenceDeviceScore(
  model: GroupModel,
  verdicts: readonly (ReferenceVerdict | null)[],
): number {
  const unrest = verdicts.flatMap((verdict) => (verdict ? [verdict.unrest] : []))
  const weighed = unrest
    .sort((a, b) => b - a)
    .map((decades, rank) => decades * parameters.device.further ** rank)
  return model.device ? tailScore(model.device, sum(weighed)) : 0
}

function verdictOf(
  model: GroupModel,
  metric: MetricModel,
  {
    deviceId,
    own,
    ...others
  }: Record<'own' | 'relation' | 'ratio' | 'silence', number[]> & { deviceId: string },
): ReferenceVerdict {
  const row = rowOf(model, metric, deviceId).row
  const all = componentsOf(metric)
  let point = 0
  const components = all.map((component, index) => {
    const places = { metric: own, ...others }[component.of]
    const value = componentOf(component, places, { metric, row, slotMs: model.slotMs })
    const strange = strangeness(metric, component, { value, base: (row * all.length + index) * 5 })
    const tail = metric.tails[2 * index + (strange > 0 ? 0 : 1)]
    if (Number.isNaN(strange) || !tail) return 0
    const decades = tailScore(tail, Math.abs(strange))
    if (index === 0) point = decades
    return clip(decades - parameters.head.threshold, 0, parameters.head.cap)
  })
  const those = (count: (component: Component) => boolean) =>
    components.filter((_, index) => all[index] && count(all[index]))
  const departures = ['jolt', 'restless', 'turbulent']
  const isCalm = components[0] === 0
  const speaks = (component: Component) =>
    component.head === 'fast' && !(isCalm && departures.includes(component.statistic))
  const heads = metric.heads.map((tail, index) => {
    const isOf = (each: Component) => each.head === ['fast', 'slow', 'joint'][index]
    return tailScore(tail, norm(those((each) => isOf(each) && (index > 0 || speaks(each)))))
  })
  const isAny = sum(those((each) => each.head !== 'fast' || speaks(each))) > 0
  const strangest = Math.max(point, ...heads)
  const score = isAny ? clip(strangest - Math.log10(1 + heads.length), 0, 20) : 0
  const isOneEvent = metric.family === 'sparse' && sum(present(own)) <= 1
  return {
    score: isOneEvent ? Math.min(score, parameters.oneEvent) : score,
    components: components.map((decades, index) => {
      const component = all[index]
      return component?.head === 'fast' && !speaks(component) ? 0 : decades
    }),
    unrest: sum(
      those(
        ({ head, statistic }) => [...departures, 'count'].includes(statistic) && head === 'fast',
      ),
    ),
  }
}

function strangeness(
  metric: MetricModel,
  { sides }: Component,
  { value, base }: { value: number; base: number },
): number {
  const [centre = 0, ...habits] = metric.devices.habits.slice(base, base + 5)
  const isAbove = value > centre
  if ((isAbove && sides === 'below') || (!isAbove && sides === 'above')) return value - value
  const [reach = 1, slope = 1] = isAbove ? habits : habits.slice(2)
  if (value === 0) return 0
  const distance = Math.abs(value - centre)
  const size = distance > reach ? 1 + (distance - reach) / slope : 0
  return Number.isNaN(value) ? NaN : isAbove ? size : -size
}

function componentOf(
  component: Component,
  places: number[],
  { metric, row, slotMs }: { metric: MetricModel; row: number; slotMs: number },
): number {
  const { statistic, span, clip: most, share } = component
  const slots = slotsOf(span, slotMs)
  const last = places.at(-1) ?? NaN
  const window = present(places.slice(-slots))
  if (statistic === 'jolt' || statistic === 'restless' || statistic === 'turbulent') {
    return departureOf(component, places, slotMs)
  }
  if (Number.isNaN(last)) return NaN
  if (statistic === 'place' || statistic === 'run') return last
  if (statistic === 'held') {
    if (window.length < slots / 2) return 0
    if (window.every((place) => place > 0)) return Math.min(...window)
    return window.every((place) => place < 0) ? Math.max(...window) : 0
  }
  if (statistic === 'count') {
    if (sum(present(places.slice(-recentSlots(slots)))) === 0) return 0
    return excess(sum(window), (metric.devices.levels[row] ?? 0) * window.length)
  }
  if (window.length < slots / 2) return NaN
  if (statistic === 'mean') {
    const mean = sum(window.map((place) => clip(place, -most, most))) / window.length
    const three = places.slice(-3)
    const now = three.some(Number.isNaN) ? last : (three.sort((a, b) => a - b)[1] ?? last)
    if (mean > 0 ? now < mean / 2 : now > mean / 2) return 0
    return sum(window.map((place) => clip(place, -most, most))) / Math.sqrt(window.length * slots)
  }
  const rank = Math.min(window.length - 1, Math.floor(share * window.length))
  return window.sort((a, b) => a - b)[rank] ?? NaN
}

function departureOf(
  { statistic, span, before, clip: most }: Component,
  places: number[],
  slotMs: number,
): number {
  const slots = slotsOf(span, slotMs)
  const back = slotsOf(before, slotMs)
  const departures = Array.from({ length: slots }, (_, ago) => {
    const at = places.length - 1 - ago
    const known = present(places.slice(at - back, at))
    if (known.length < back / 2) return NaN
    const mean = whole(sum(known.map((place) => clip(place, -most, most))) / known.length)
    return Math.min(most, Math.abs((places[at] ?? NaN) - mean))
  })
  const there = present(departures)
  if (statistic === 'jolt') {
    const fresh = departures.map((departure, ago) => departure * (1 - ago / slots))
    return there.length > 0 ? Math.max(...present(fresh)) : NaN
  }
  if (there.length < slots / 2) return NaN
  if (statistic === 'restless') return sum(there) / Math.sqrt(there.length * slots)
  // Squares are kept of places cut to 1/65,536.
  const squares = there.map((departure) => (Math.trunc(departure * 65_536) / 65_536) ** 2)
  return Math.sqrt(sum(squares) / there.length)
}

/** Slots since a value other than 0, or since an hour without any; NaN where there is no value. */
function silences(values: readonly number[], hour: number): number[] {
  const most = Math.min(farthest, values.length - hour)
  const runs: number[] = []
  values.forEach((value, at) => {
    const before = runs.slice(Math.max(0, at - hour)).findLastIndex((run) => !Number.isNaN(run))
    const known = Math.max(0, at - hour) + before
    const run = before < 0 ? 1 : Math.min(most, (runs[known] ?? 0) + at - known)
    runs.push(value === 0 ? run : 0 * value)
  })
  return runs
}

/** One metric of a device over some slots. */
interface Stretch {
  deviceId: string
  slots: number[]
  values: Values
  index: number
}

function placesOf(
  model: GroupModel,
  metric: MetricModel,
  { deviceId, slots, values, index }: Stretch,
): number[] {
  const raw = slots.map((slot) => values.get(slot)?.[index] ?? NaN)
  if (metric.family === 'sparse') return raw.map((value) => Math.ceil(Math.max(0, value)))
  const logs = raw.map((value) => signedLog(value, metric.unit))
  const { row, isNew } = rowOf(model, metric, deviceId)
  const shape = slots.map((slot) => metric.shape[bucketOf(slot, model.slotMs)] ?? 0)
  const own = isNew
    ? newcomer(
        metric,
        logs.slice(0, -1).map((log, at) => log - (shape[at] ?? 0)),
        slots.length,
      )
    : { level: 0, scale: metric.devices.scales[row] ?? 1 }
  const moved = isNew ? own.level - (metric.devices.levels[row] ?? 0) : 0
  return logs.map((log, at) => {
    const [low, high] = aroundOf(metric, row, bucketOf(slots[at] ?? 0, model.slotMs))
    const expected = clip(log - moved, low, high) + moved
    return whole(clip((log - expected) / own.scale, -farthest, farthest))
  })
}

/** Places of the metric's log less its partner's, for devices that are known. */
function comparedPlaces(
  model: GroupModel,
  { unit, ratio }: MetricModel,
  { deviceId, slots, values, index }: Stretch,
): number[] {
  const { row, isNew } = ratio ? rowOf(model, ratio, deviceId) : { row: 0, isNew: true }
  if (!ratio || isNew) return slots.map(() => NaN)
  const { scales } = ratio.devices
  const partner = model.metricIds.indexOf(ratio.partner)
  return slots.map((slot) => {
    const [own = NaN, other = NaN] = [values.get(slot)?.[index], values.get(slot)?.[partner]]
    const apart = signedLog(own, unit) - signedLog(other, ratio.unit)
    const expected = clip(apart, ...aroundOf(ratio, row, bucketOf(slot, model.slotMs)))
    return whole(clip((apart - expected) / (scales[row] ?? 1), -farthest, farthest))
  })
}

function signedLog(value: number, unit: number): number {
  return Math.sign(value) * Math.log(1 + Math.abs(value) / unit)
}

/**
 * How low and how high the row's centres may be in the quarters like this one: on days that nobody has seen as at any
 * time, and a metric's lower by the range of those, though not below zero unless it has been there.
 */
function aroundOf(track: MetricModel | Ratio, row: number, bucket: number): [number, number] {
  const { centres, margins, doubts } = track.devices
  const about = quartersLike(bucket).flatMap((each) => {
    const centre = centres[row * bucketCount + each] ?? 0
    const isOfDay = kindOf(bucket) === kindOf(each)
    const margin = isOfDay ? (margins[2 * row + kindOf(each)] ?? 0) : 0
    return [centre - margin, centre + margin]
  })
  const doubt = doubts[kindOf(bucket)] ?? 0
  const [low, high] = [Math.min(...about), Math.max(...about)]
  if (doubt === 0) return [Math.fround(low), Math.fround(high)]
  const [quietest, highest] = atAnyTime(centres, row)
  const rest = 'metricId' in track ? highest - quietest : 0
  const isFloored = 'metricId' in track && !track.isSigned
  const lowest = isFloored ? Math.max(0, quietest - rest) : quietest - rest
  return [
    Math.fround(low - doubt * Math.max(0, low - lowest)),
    Math.fround(high + doubt * Math.max(0, highest - high)),
  ]
}

const extremes = new WeakMap<Float32Array, Map<number, [number, number]>>()

/** The lowest and the highest centre of a row: looked up, for there are many slots. */
function atAnyTime(centres: Float32Array, row: number): [number, number] {
  const rows = extremes.get(centres) ?? new Map<number, [number, number]>()
  extremes.set(centres, rows)
  const own = centres.subarray(row * bucketCount, (row + 1) * bucketCount)
  const found = rows.get(row) ?? [Math.min(...own), Math.max(...own)]
  rows.set(row, found)
  return found
}

/** Silences are judged on days of a kind that devices were seen on. */
function isSeenDay({ slotMs }: GroupModel, { devices }: MetricModel, slot: number): boolean {
  return devices.doubts[kindOf(bucketOf(slot, slotMs))] === 0
}

/** 0 a weekday, 1 a weekend. */
function kindOf(bucket: number): 0 | 1 {
  return bucket < bucketCount / 2 ? 0 : 1
}

/** A quarter hour earlier and later is as good; a weekday may be a day off. */
function quartersLike(bucket: number): number[] {
  const perDay = bucketCount / 2
  const sameDay = (kind: number) =>
    [-1, 0, 1].map((step) => kind * perDay + ((bucket + step + perDay) % perDay))
  return bucket < perDay ? [...sameDay(0), ...sameDay(1)] : sameDay(1)
}

function newcomer(
  metric: MetricModel,
  offsets: number[],
  day: number,
): { level: number; scale: number } {
  const fleet = metric.devices.rows.size
  const fleetLevel = metric.devices.levels[fleet] ?? 0
  const known = present(offsets).sort((a, b) => a - b)
  const trust = Math.min(1, known.length / parameters.place.levelDatapoints)
  const level = trust * (known[known.length >> 1] ?? fleetLevel) + (1 - trust) * fleetLevel
  const days = Math.max(1 / 24, known.length / day)
  const within = (metric.devices.scales[fleet] ?? 1) * Math.sqrt(1 + 1 / days)
  return { level, scale: Math.hypot(within, (1 - trust) * metric.between) }
}

function leftOver(model: GroupModel, places: number[][], index: number): number[] {
  const relation = model.metrics[index]?.relation
  return (places[index] ?? []).map((place, at) => {
    const foretold = (relation?.partners ?? []).map((partner, each) => {
      const known = places[model.metricIds.indexOf(partner)]?.[at] ?? NaN
      return known * (relation?.weights[each] ?? 0)
    })
    return whole(clip(place - sum(foretold), -farthest, farthest))
  })
}

function rowOf(
  model: GroupModel,
  { devices }: Pick<MetricModel, 'devices'>,
  deviceId: string,
): { row: number; isNew: boolean } {
  const row = devices.rows.get(deviceId) ?? -1
  const isNew = (devices.datapoints[row] ?? 0) < Math.round(86_400_000 / model.slotMs)
  return { row: isNew ? devices.rows.size : row, isNew }
}

function tailScore(tail: Tail, distance: number): number {
  if (distance <= 0) return 0
  if (distance > tail.start) {
    const along = (distance - tail.start) / tail.scale
    const decades = tail.shape > 0 ? Math.log(1 + tail.shape * along) / tail.shape : along
    return Math.min(tail.limit, tail.startScore + decades / Math.LN10)
  }
  let [low, from] = [0, 0]
  for (const [index, high] of tail.knots.entries()) {
    const to = tail.scores[index] ?? 0
    if (distance <= high) return from + ((to - from) * (distance - low)) / (high - low)
    low = high
    from = to
  }
  return from
}

function excess(events: number, expected: number): number {
  if (events <= expected) return 0
  return Math.sqrt(Math.max(0, 2 * (events * Math.log(events / expected) - events + expected)))
}

/** Places are kept as whole numbers of 2^-21. */
function whole(place: number): number {
  return Math.round(place * 2 ** 21) / 2 ** 21
}

function clip(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}

function present(values: readonly number[]): number[] {
  return values.filter((value) => !Number.isNaN(value))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Large decades count for more than many small ones. */
function norm(decades: readonly number[]): number {
  const { norm: power } = parameters.head
  return sum(decades.map((each) => each ** power)) ** (1 / power)
}
