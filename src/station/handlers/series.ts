import { StationError } from '../../contract/errors.ts'
import type { DeviceId } from '../../contract/model/device.ts'
import { allMetricsTogether, metricOf } from '../../contract/model/aws-metrics.ts'
import type { MetricId } from '../../contract/model/metric.ts'
import { isMl, type ConfidenceLevel } from '../../contract/model/profile.ts'
import type { Series } from '../../contract/model/series.ts'
import { slotMs, slotOf, slotStartAt } from '../../contract/model/time.ts'
import { confidenceScore } from '../../detect/confidence.ts'
import type { BandQuery } from '../../detect/trained/judge.ts'
import type { Core } from '../core.ts'
import type { Band } from '../engine/protocol.ts'
import { readSeriesData, type SeriesData } from '../store/datapoints.ts'
import { listGaps } from '../store/gaps.ts'
import { wholeRange } from '../whole-range.ts'
import { findDevice } from './devices.ts'

interface SeriesQuery {
  deviceId: DeviceId
  metricId: MetricId
  from: number
  to: number
  buckets: number
}

interface SlotRange {
  fromSlot: number
  /** Exclusive. */
  toSlot: number
  slotsPerBucket: number
}

/** A series in buckets, with what was expected and where nothing was measured. */
export async function getSeries(core: Core, query: SeriesQuery): Promise<Series> {
  const { deviceId, metricId, from, to } = query
  const seriesId = findDevice(core, deviceId).series.get(metricId)
  if (seriesId === undefined) throw new StationError('METRIC_UNKNOWN')
  const range = rangeOf(query)
  const { fromSlot, toSlot, slotsPerBucket } = range
  const data = readSeriesData(core.store.read, { id: seriesId, metricId }, fromSlot, toSlot - 1)
  const confidence = confidenceOf(core, metricId)
  return {
    deviceId,
    metric: metricOf(metricId),
    from,
    to,
    bucketMs: slotsPerBucket * slotMs,
    ...bucketsOf(data, range),
    band: await bandOf(core, query, { ...range, confidence }),
    gaps: gapsOf(core, range),
    violations: violationsOf(data, confidence),
  }
}

function rangeOf({ from, to, buckets }: SeriesQuery): SlotRange {
  const fromSlot = slotOf(from)
  const toSlot = slotOf(to - 1) + 1
  return { fromSlot, toSlot, slotsPerBucket: Math.max(1, Math.ceil((toSlot - fromSlot) / buckets)) }
}

function bucketsOf(data: SeriesData, { fromSlot, slotsPerBucket }: SlotRange) {
  const buckets = {
    at: [] as number[],
    min: [] as number[],
    max: [] as number[],
    mean: [] as number[],
  }
  let counted = 0
  data.slots.forEach((slot, index) => {
    const value = data.values[index] ?? 0
    const bucket = Math.floor((slot - fromSlot) / slotsPerBucket)
    const at = slotStartAt(fromSlot + bucket * slotsPerBucket)
    const last = buckets.at.length - 1
    if (buckets.at[last] !== at) {
      counted = 1
      buckets.at.push(at)
      buckets.min.push(value)
      buckets.max.push(value)
      buckets.mean.push(value)
      return
    }
    counted += 1
    buckets.min[last] = Math.min(buckets.min[last] ?? value, value)
    buckets.max[last] = Math.max(buckets.max[last] ?? value, value)
    buckets.mean[last] = (buckets.mean[last] ?? 0) + (value - (buckets.mean[last] ?? 0)) / counted
  })
  return buckets
}

/** The setting of the first behavior that judges this metric by a model. */
function confidenceOf(core: Core, metricId: MetricId): ConfidenceLevel {
  for (const { behavior } of core.behaviors.get(metricId) ?? []) {
    if (isMl(behavior.criteria)) return behavior.criteria.mlDetectionConfig.confidenceLevel
  }
  return 'HIGH'
}

async function bandOf(
  core: Core,
  { deviceId, metricId }: SeriesQuery,
  {
    fromSlot,
    toSlot,
    slotsPerBucket: step,
    confidence,
  }: SlotRange & { confidence: ConfidenceLevel },
): Promise<Series['band']> {
  const trainedAt = core.models.get(metricId)?.trainedAt
  if (trainedAt === undefined || !core.hasEngineModels) return null
  const query = { deviceId, metricId, fromSlot, toSlot, step, confidence }
  const band = metricId === allMetricsTogether.id ? oddsBand(query) : await core.engine.band(query)
  if (!band) return null
  const whole = band.low.map((low, index) =>
    wholeRange(metricId, { low, high: band.high[index] ?? low }),
  )
  return {
    confidence,
    trainedAt,
    at: whole.map((_, index) => slotStartAt(fromSlot + index * step)),
    low: whole.map(({ low }) => low ?? 0),
    high: whole.map(({ high }) => high ?? 0),
  }
}

/** Odds are expected to stay below the level, at any time and of any device. */
function oddsBand({ fromSlot, toSlot, step, confidence }: BandQuery): Band {
  const low = Array.from({ length: Math.ceil((toSlot - fromSlot) / step) }, () => 0)
  return { low, high: low.map(() => confidenceScore[confidence]) }
}

function gapsOf(core: Core, { fromSlot, toSlot }: SlotRange): Series['gaps'] {
  const now = core.clock.now()
  const [from, to] = [slotStartAt(fromSlot), slotStartAt(toSlot)]
  const past = listGaps(core.store.read, from, to)
  const open = [...core.gaps.open.values()].map((gap) => ({ ...gap, to: now }))
  const isInRange = (gap: { from: number; to: number }) => gap.from < to && gap.to > from
  return joined([...past, ...[...core.gaps.unsaved, ...open].filter(isInRange)])
}

/** Several sources that were blind together for one reason are one gap to whoever looks at the chart. */
function joined(gaps: Series['gaps']): Series['gaps'] {
  const joinedGaps: Series['gaps'] = []
  for (const { from, to, reason } of gaps.toSorted((a, b) => a.from - b.from)) {
    const same = joinedGaps.find((gap) => gap.reason === reason && gap.to >= from)
    if (same) same.to = Math.max(same.to, to)
    else joinedGaps.push({ from, to, reason })
  }
  return joinedGaps
}

function violationsOf(data: SeriesData, confidence: ConfidenceLevel): Series['violations'] {
  const violations: Series['violations'] = []
  data.scores.forEach((score, index) => {
    if (score < confidenceScore[confidence]) return
    violations.push({ at: slotStartAt(data.slots[index] ?? 0), value: data.values[index] ?? 0 })
  })
  return violations
}
