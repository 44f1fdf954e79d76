import { parseArgs } from 'node:util'
import { createJudge, type Judge } from '../../src/detect/trained/judge.ts'
import type { DeviceHistory, GroupModel } from '../../src/detect/trained/model.ts'
import { trainGroup } from '../../src/detect/trained/train.ts'
import { referenceVerdicts } from '../support/reference-detector.ts'
import { metricNames, simulateFleet, slotMs, slotsPerDay } from './fleet-simulator/index.ts'
import { machineFacts } from './ingest/machine.ts'
import { machineLine, markdownTable } from './scoring/report.ts'
import { tell } from './scoring/stage.ts'
import { wholeNumber } from './whole-number.ts'

const failed = 1
const mostMicroseconds = 2
const aimMicroseconds = 0.5
const seed = 1
const firstSlot = Date.UTC(2026, 0, 5) / slotMs

/** Few, as only the time counts; the model is as large as after two weeks. */
const trainingDays = 3
const explainedScore = 4
const referenceDevices = 100

interface Figures {
  devices: number
  datapoints: number
  usPerDatapoint: number
  /** Of all threads; more than the time where the collector has a thread of its own. */
  cpuUsPerDatapoint: number
  /** The plain implementation, which computes everything anew from the device's last day. */
  referenceUsPerDatapoint: number
  explained: number
  usPerExplanation: number
  longestSlotMs: number
}

/** `npm run bench -- score`. Resolves with the exit code: 1 over 2 us a datapoint. */
export function score(args: string[]): Promise<number> {
  const { devices, json } = readOptions(args)
  tell(`Making up ${trainingDays + 1} days of ${devices} devices, learning ${trainingDays} ...`)
  const { model, judge, rows } = prepare(devices)
  tell('Judging a day, slot by slot ...')
  const judged = judgeDay(judge, rows)
  const figures = { devices, ...judged, referenceUsPerDatapoint: timeReference(model, rows) }
  console.log(json ? JSON.stringify({ ...machineFacts(), ...figures }) : tableOf(figures))
  return Promise.resolve(figures.usPerDatapoint <= mostMicroseconds ? 0 : failed)
}

/** A device and what it reports on the judged day: slots x metrics. */
interface Reporter {
  deviceId: string
  values: Float64Array
}

/** A judge that has seen the days before, and the day to come. */
function prepare(devices: number): { model: GroupModel; judge: Judge; rows: Reporter[] } {
  const rows: Reporter[] = []
  const past: DeviceHistory[] = []
  const start = trainingDays * slotsPerDay
  for (const { deviceId, values } of simulateFleet({ seed, devices, days: trainingDays + 1 })) {
    const columns = metricNames.map((name) => values[name])
    const series = columns.map((column) => ({
      slots: Int32Array.from({ length: start }, (_, slot) => firstSlot + slot),
      values: column.slice(0, start),
    }))
    past.push({ deviceId, series })
    const day = Float64Array.from({ length: slotsPerDay * columns.length }, (_, at) => {
      return columns[at % columns.length]?.[start + Math.floor(at / columns.length)] ?? NaN
    })
    rows.push({ deviceId, values: day })
  }
  const history = { slotMs, metricIds: metricNames, devices: past }
  const { model } = trainGroup(history, { minimumDatapoints: 1 })
  if (!model) throw new Error('no metric has enough datapoints')
  const judge = createJudge(model)
  warm(judge, past, start)
  return { model, judge, rows }
}

function warm(judge: Judge, past: readonly DeviceHistory[], start: number): void {
  for (const { deviceId, series } of past) {
    for (let slot = start - slotsPerDay; slot < start; slot += 1) {
      const values = Float64Array.from(series, (one) => one?.values[slot] ?? NaN)
      judge.warm({ deviceId, slot: firstSlot + slot, values })
    }
  }
}

type Live = Omit<Figures, 'devices' | 'referenceUsPerDatapoint'>

function judgeDay(judge: Judge, rows: readonly Reporter[]): Live {
  const width = metricNames.length
  let datapoints = 0
  let longestSlotMs = 0
  const explaining = { count: 0, tookMs: 0 }
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  for (let at = 0; at < slotsPerDay; at += 1) {
    const slotStartedAt = performance.now()
    const slot = firstSlot + trainingDays * slotsPerDay + at
    for (const { deviceId, values } of rows) {
      const point = { deviceId, slot, values: values.subarray(at * width, (at + 1) * width) }
      datapoints += judgePoint(judge, point, explaining)
    }
    longestSlotMs = Math.max(longestSlotMs, performance.now() - slotStartedAt)
  }
  const tookMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpuBefore)
  return {
    datapoints,
    usPerDatapoint: (1000 * tookMs) / datapoints,
    cpuUsPerDatapoint: (user + system) / datapoints,
    explained: explaining.count,
    usPerExplanation: (1000 * explaining.tookMs) / explaining.count,
    longestSlotMs,
  }
}

/** How many datapoints were judged. Every alarm is explained, as the station does. */
function judgePoint(
  judge: Judge,
  point: { deviceId: string; slot: number; values: Float64Array },
  explaining: { count: number; tookMs: number },
): number {
  const { metrics } = judge.step(point)
  let judged = 0
  for (let metric = 0; metric < metrics.length; metric += 1) {
    const one = metrics[metric]
    if (!one) continue
    judged += 1
    if (one.score < explainedScore) continue
    const startedAt = performance.now()
    judge.explain({ ...point, metricId: metricNames[metric] ?? '', confidence: 'LOW' })
    explaining.tookMs += performance.now() - startedAt
    explaining.count += 1
  }
  return judged
}

/** Some devices' last slot of the day: it is slow, and each datapoint costs the same. */
function timeReference(model: GroupModel, rows: readonly Reporter[]): number {
  const width = metricNames.length
  const from = firstSlot + trainingDays * slotsPerDay
  let judged = 0
  let tookMs = 0
  for (const { deviceId, values: day } of rows.slice(0, referenceDevices)) {
    const values = new Map(
      Array.from({ length: slotsPerDay }, (_, at) => {
        return [from + at, day.subarray(at * width, (at + 1) * width)] as const
      }),
    )
    const startedAt = performance.now()
    const verdicts = referenceVerdicts(model, { deviceId, slot: from + slotsPerDay - 1, values })
    tookMs += performance.now() - startedAt
    judged += verdicts.filter((verdict) => verdict !== null).length
  }
  return (1000 * tookMs) / judged
}

function tableOf(figures: Figures): string {
  const { devices, datapoints, explained, usPerExplanation, longestSlotMs } = figures
  const { usPerDatapoint, cpuUsPerDatapoint, referenceUsPerDatapoint } = figures
  const rows = [
    [`live scoring, ${devices} devices x 13 metrics`, 'us a datapoint'],
    ['features, verdict, explanation of alarms', usPerDatapoint.toFixed(2)],
    ['  of CPU, all threads', cpuUsPerDatapoint.toFixed(2)],
    ['  floor', mostMicroseconds.toFixed(2)],
    ['  aim', aimMicroseconds.toFixed(2)],
    ['the plain implementation, without explanation', referenceUsPerDatapoint.toFixed(0)],
  ]
  const times = Math.round(referenceUsPerDatapoint / usPerDatapoint)
  const notes = `${datapoints.toLocaleString('en')} datapoints of a day; ${times} times as fast as the plain implementation; ${explained} explanations at ${usPerExplanation.toFixed(0)} us; longest slot of all devices ${longestSlotMs.toFixed(0)} ms`
  return [markdownTable(rows), notes, machineLine()].join('\n\n')
}

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      devices: { type: 'string', default: '1000' },
      json: { type: 'boolean', default: false },
    },
  })
  const devices = wholeNumber('devices', values.devices, { least: 8, most: 10_000 })
  return { devices, json: values.json }
}
