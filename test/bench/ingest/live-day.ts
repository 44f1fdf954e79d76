import { setTimeout as pause } from 'node:timers/promises'
import { slotMs, slotsPerDay, slotStartAt } from '../../../src/contract/model/time.ts'
import { createFleet } from '../../../src/demo/fleet.ts'
import type { Stage, StationOnStage } from './stage.ts'
import { diskFigures } from './stored.ts'

/** The end of the history: the first slot of a Wednesday, the same in every run. */
const untilSlot = Date.UTC(2026, 0, 21) / slotMs
const days = 14
const liveSpeed = 30
const liveMessagesPerSecond = 5000
const liveSlots = 3

/** More devices than this take minutes to make up two weeks for. */
const mostDevicesOfHistory = 100

export interface StorageFigures {
  devices: number
  datapoints: number
  /** A datapoint of a day in blocks, log and index included. */
  compactedBytes: number
  /** The same with the pages that the next day's rows will use again. */
  compactedFileBytes: number
  /** A datapoint of the day that is not compacted yet. */
  liveBytes: number
  importedPerSecond: number
}

export interface StallFigures {
  longestMs: number
  p99Ms: number
  /** A subscriber that only counts, on the same machine under the same load. */
  bareLongestMs: number
  slotsClosed: number
  speed: number
  messagesPerSecond: number
  reportsPerSlot: number
  isTrained: boolean
  /** Devices with a history; the others are new. */
  devicesLearned: number
  alarms: number
}

/** Two weeks of the simulated fleet through the pipeline, then live telemetry and reports on a faster clock. */
export async function measureDays(
  stage: Stage,
  devices: number,
): Promise<{ storage: StorageFigures; stalls: StallFigures }> {
  const endsAt = slotStartAt(untilSlot)
  const station = await stage.startStation({ startAt: endsAt, speed: liveSpeed })
  const storage = await measureStorage(station, Math.min(devices, mostDevicesOfHistory))
  await station.worker.ask('learn', undefined)
  const stalls = await measureStalls(stage, station, devices)
  await station.end()
  const bareLongestMs = await measureBare(stage, devices)
  return { storage, stalls: { ...stalls, bareLongestMs } }
}

/** Days are compacted once they are over, so one slot of the next day makes all of them blocks. */
async function measureStorage(station: StationOnStage, devices: number): Promise<StorageFigures> {
  const { worker, file } = station
  await worker.ask('openHistory', { devices, days: days + 1, untilSlot })
  const importedPerSecond = await worker.ask('importSlots', { count: days * slotsPerDay + 1 })
  const compacted = diskFigures(file)
  await worker.ask('importSlots', { count: slotsPerDay - 1 })
  const live = diskFigures(file)
  const used = (figures: typeof live) => figures.bytes - figures.unusedBytes
  return {
    devices,
    importedPerSecond,
    datapoints: compacted.datapoints,
    compactedBytes: used(compacted) / compacted.datapoints,
    compactedFileBytes: compacted.bytes / compacted.datapoints,
    liveBytes: (used(live) - used(compacted)) / (live.datapoints - compacted.datapoints),
  }
}

async function measureStalls(
  stage: Stage,
  { worker }: StationOnStage,
  devices: number,
): Promise<Omit<StallFigures, 'bareLongestMs'>> {
  const before = await worker.ask('judged', undefined)
  await worker.ask('release', undefined)
  await worker.ask('watchStalls', undefined)
  await publishLive(stage, devices)
  const stalls = await worker.ask('readStalls', undefined)
  const after = await worker.ask('judged', undefined)
  return {
    ...stalls,
    slotsClosed: (after.lastSlotAt - before.lastSlotAt) / slotMs,
    speed: liveSpeed,
    messagesPerSecond: liveMessagesPerSecond,
    reportsPerSlot: devices,
    isTrained: after.isTrained,
    devicesLearned: Math.min(devices, mostDevicesOfHistory),
    alarms: after.alarms,
  }
}

async function measureBare(stage: Stage, devices: number): Promise<number> {
  const bare = await stage.startBare(['site/+/#', '$aws/things/+/defender/metrics/+'])
  await bare.ask('watchStalls', undefined)
  await publishLive(stage, devices)
  const { longestMs } = await bare.ask('readStalls', undefined)
  await bare.end()
  return longestMs
}

/** So many slots of telemetry and a report of each device in each, then until the last one has closed. */
async function publishLive({ generator, broker }: Stage, devices: number): Promise<void> {
  const slotSeconds = slotMs / 1000 / liveSpeed
  const load = { port: broker.port, seconds: liveSlots * slotSeconds }
  const names = createFleet({ seed: 1, devices }).map(({ id }) => id)
  await Promise.all([
    generator.ask('publish', {
      ...load,
      what: { kind: 'messages', devices: names },
      pace: { perSecond: liveMessagesPerSecond },
    }),
    generator.ask('publish', {
      ...load,
      what: { kind: 'demo-reports', devices, fromSlot: untilSlot, slots: liveSlots },
      pace: { perSecond: devices / slotSeconds },
    }),
  ])
  await pause((1000 * slotSeconds) / 5)
}
