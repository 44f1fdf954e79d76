import { type Alarm, type AlarmEvent, violationId } from '../../src/contract/model/alarm.ts'
import {
  allMetricsTogether,
  asMetricId,
  awsMetrics,
  metricOf,
} from '../../src/contract/model/aws-metrics.ts'
import { type Device, deviceId } from '../../src/contract/model/device.ts'
import type { ComponentEvidence, Explanation } from '../../src/contract/model/explanation.ts'
import type { MetricId } from '../../src/contract/model/metric.ts'
import type { Series } from '../../src/contract/model/series.ts'
import { slotMs } from '../../src/contract/model/time.ts'

/** When every scripted scene begins, so that pictures of it are alike. */
export const sceneStartAt = Date.UTC(2026, 10, 22, 3, 12, 20)

export const hourMs = 3_600_000

/** Metrics that a plain scripted device has. */
export const deviceMetrics = awsMetrics.slice(0, 9).map(({ id }) => id)

/** A device that behaves, unless told otherwise. */
export function scriptedDevice(name: string, own: Partial<Device> = {}): Device {
  return {
    id: deviceId.parse(name),
    firstSeenAt: sceneStartAt - 20 * 24 * hourMs,
    lastDatapointAt: slotAt(sceneStartAt) - slotMs,
    isReporting: true,
    metrics: deviceMetrics,
    activeAlarms: 0,
    rejected: 0,
    presence: null,
    isolation: null,
    notices: [],
    ...own,
  }
}

/** An alarm that began 83 minutes ago and is still going on, unless told otherwise. */
export function scriptedAlarm(
  number: number,
  own: Partial<Alarm> & { deviceId: Alarm['deviceId'] },
): Alarm {
  const startedAt = own.startedAt ?? slotAt(sceneStartAt) - 83 * 60_000
  return {
    id: scriptedId(number),
    securityProfileName: 'fleet',
    behaviorName: 'messages-sent',
    metricId: asMetricId('aws:num-messages-sent'),
    kind: 'machine-learning',
    confidence: 'HIGH',
    severity: 'high',
    state: 'in-alarm',
    isSuppressed: false,
    startedAt: slotAt(startedAt),
    lastViolationAt: slotAt(sceneStartAt) - slotMs,
    endedAt: null,
    value: 412,
    expected: { low: 20, high: 60 },
    odds: 3_120_000,
    explanation: own.kind === 'static' ? null : burst,
    violations: 16,
    ...own,
  }
}

/** A part of the evidence: the value itself, unless told otherwise. */
export function scriptedComponent(own: Partial<ComponentEvidence>): ComponentEvidence {
  return {
    component: 'value',
    spanMs: slotMs,
    head: 'fast',
    share: 1,
    direction: 'above',
    observed: 412,
    expected: { low: 20, high: 60 },
    ...own,
  }
}

/** Why 412 messages in one slot, after two like it, are strange. */
const burst: Explanation = {
  components: [
    scriptedComponent({ share: 0.52 }),
    scriptedComponent({
      component: 'jolt',
      spanMs: hourMs,
      share: 0.31,
      observed: 371,
      expected: { low: null, high: 62 },
    }),
    scriptedComponent({
      component: 'change',
      spanMs: 3 * slotMs,
      share: 0.17,
      observed: 128,
      expected: { low: null, high: 34 },
    }),
  ],
  usual: { device: 41, fleet: 38 },
  coFiring: [
    {
      metricId: asMetricId('aws:all-bytes-out'),
      at: slotAt(sceneStartAt) - slotMs,
      odds: 84_000,
    },
    {
      metricId: asMetricId('aws:num-disconnects'),
      at: slotAt(sceneStartAt) - 4 * slotMs,
      odds: 310,
    },
  ],
  counterfactual: { low: 12, high: 74 },
  isProvisional: false,
}

/** The id of a scripted alarm: 32 hexadecimal digits. */
export function scriptedId(number: number): Alarm['id'] {
  return violationId.parse(number.toString(16).padStart(32, 'a'))
}

/** What happened to an alarm. */
export function eventsOf(alarm: Alarm): AlarmEvent[] {
  const began = {
    alarmId: alarm.id,
    type: 'in-alarm' as const,
    at: alarm.startedAt,
    value: alarm.value,
    sentence: beginningOf(alarm),
  }
  if (alarm.endedAt === null) return [began]
  const sentence = 'One datapoint in a row matched the behavior.'
  return [began, { ...began, type: alarm.state, at: alarm.endedAt, value: 38, sentence }]
}

function beginningOf({ kind, metricId, value, expected }: Alarm): string {
  const { name, unit } = metricOf(metricId)
  return kind === 'baseline-shift'
    ? `${name}: what is usual moved from ${expected.low} to ${value} ${unit}`
    : `${name}: ${value} ${unit}`
}

interface SeriesOptions {
  device: Device
  metricId: MetricId
  from: number
  to: number
  buckets: number
  alarms: readonly Alarm[]
  /** False while nothing is learned. */
  hasBand: boolean
}

/** A series with a daily wave, a gap eleven hours before the scene, and the violations of the alarms. */
export function scriptedSeries(options: SeriesOptions): Series {
  const { device, metricId, from, to, buckets, alarms } = options
  const bucketMs = Math.max(1, Math.ceil((to - from) / slotMs / buckets)) * slotMs
  const scale = scaleOf(metricId)
  const own = alarms.filter((alarm) => alarm.deviceId === device.id && alarm.metricId === metricId)
  const all = instants(from, to, bucketMs)
  const gap = { from: slotAt(sceneStartAt) - 11 * hourMs, to: slotAt(sceneStartAt) - 9.5 * hourMs }
  const at = all.filter((one) => one < gap.from || one >= gap.to)
  const seed = device.id.length + metricId.length
  const isWhole = metricId !== allMetricsTogether.id
  const values = at
    .map((one) => valueAt(one, { scale, own, seed }))
    .map((value) => (isWhole ? Math.round(value) : value))
  const spread = bucketMs > slotMs ? 0.2 : 0
  return {
    deviceId: device.id,
    metric: metricOf(metricId),
    from,
    to,
    bucketMs,
    at,
    min: values.map((value) => Math.round(value * (1 - spread))),
    max: values.map((value) => Math.round(value * (1 + spread))),
    mean: values,
    band: options.hasBand ? bandOver(all, metricId) : null,
    gaps: gap.from < to && gap.to > from ? [{ ...gap, reason: 'device silent' }] : [],
    violations: at.flatMap((one, index) =>
      own.some((alarm) => covers(alarm, one)) ? [{ at: one, value: values[index] ?? 0 }] : [],
    ),
  }
}

/** Start of the slot that holds an instant. */
export function slotAt(at: number): number {
  return Math.floor(at / slotMs) * slotMs
}

function instants(from: number, to: number, bucketMs: number): number[] {
  const first = Math.ceil(from / bucketMs) * bucketMs
  const count = Math.max(0, Math.ceil((to - first) / bucketMs))
  return Array.from({ length: count }, (_, index) => first + index * bucketMs)
}

function bandOver(at: number[], metricId: MetricId): NonNullable<Series['band']> {
  const scale = scaleOf(metricId)
  if (metricId === allMetricsTogether.id) return rarityBand(at)
  return {
    confidence: 'HIGH',
    at,
    low: at.map((one) => Math.round(scale * (0.35 + 0.25 * wave(one)))),
    high: at.map((one) => Math.round(scale * (1 + 0.5 * wave(one)))),
    trainedAt: sceneStartAt - 5 * hourMs,
  }
}

function rarityBand(at: number[]): NonNullable<Series['band']> {
  const trainedAt = sceneStartAt - 5 * hourMs
  return { confidence: 'HIGH', at, low: at.map(() => 0), high: at.map(() => 6), trainedAt }
}

interface ValueOptions {
  scale: number
  own: readonly Alarm[]
  seed: number
}

function valueAt(at: number, { scale, own, seed }: ValueOptions): number {
  const alarm = own.find((one) => covers(one, at))
  const jitter =
    0.12 * Math.sin((at / slotMs) * 12.9898 + seed) + 0.08 * Math.sin((at / slotMs) * 78.233 + seed)
  if (alarm) return alarm.value * (1 + 0.6 * jitter)
  const shift = own.find(({ kind }) => kind === 'baseline-shift')
  if (shift && at > shift.startedAt - 72 * hourMs) return shift.value * (1 + jitter)
  return scale * (0.68 + 0.36 * wave(at) + jitter)
}

function covers(alarm: Alarm, at: number): boolean {
  return at >= alarm.startedAt && at <= alarm.lastViolationAt
}

function wave(at: number): number {
  return (1 + Math.sin((at / (24 * hourMs)) * 2 * Math.PI)) / 2
}

function scaleOf(metricId: MetricId): number {
  const unit = metricOf(metricId).unit
  if (unit === 'bytes') return 48_000
  if (unit === 'decades') return 2
  return unit === 'failures' ? 4 : 40
}
