import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asMetricId, metricOf } from '../../../src/contract/model/aws-metrics.ts'
import { deviceId as deviceIdShape } from '../../../src/contract/model/device.ts'
import { slotMs, slotsPerDay, slotStartAt } from '../../../src/contract/model/time.ts'
import { writeBlock } from '../../../src/station/store/blocks.ts'
import { insertDevice, insertSeries } from '../../../src/station/store/catalog.ts'
import type { WriteHandle } from '../../../src/station/store/handles.ts'
import { openStore } from '../../../src/station/store/open.ts'
import type { SeriesData } from '../../../src/station/store/series-data.ts'
import { addToDatapointCount } from '../../../src/station/store/state.ts'
import { transaction } from '../../../src/station/store/transaction.ts'
import { metricNames, simulateFleet, type DeviceHistory } from '../fleet-simulator/index.ts'

/** A station's database that holds a simulated fleet's last days, compacted. */
export interface FleetStore {
  path: string
  datapoints: number
  fromSlot: number
  toSlot: number
}

const days = 14
const seed = 1
const fromSlot = Date.UTC(2026, 0, 5) / slotMs

/** Written last, so that a store that was not finished is not taken for one. */
const noteName = 'fleet.json'

/** Makes the store in a folder, or takes the one that an earlier run made there. Throws RangeError for another. */
export function fleetStore(
  folder: string,
  devices: number,
  tell: (sentence: string) => void,
): FleetStore {
  const note = join(folder, noteName)
  const path = join(folder, 'picket.db')
  if (existsSync(note)) {
    const made = JSON.parse(readFileSync(note, 'utf8')) as FleetStore & { devices: number }
    if (made.devices === devices) return { ...made, path }
    throw new RangeError(`--store holds a fleet of ${made.devices} devices; name another folder`)
  }
  if (existsSync(path)) throw new RangeError('--store holds a database; name an empty folder')
  tell(`Making up ${days} days of ${devices} devices ...`)
  const made = {
    datapoints: build(folder, devices),
    fromSlot,
    toSlot: fromSlot + days * slotsPerDay - 1,
  }
  writeFileSync(note, JSON.stringify({ ...made, devices }))
  return { ...made, path }
}

function build(folder: string, devices: number): number {
  const store = openStore({ folder, holder: 'the train bench' })
  let datapoints = 0
  try {
    for (const history of simulateFleet({ seed, devices, days })) {
      datapoints += transaction(store.write, () => insertHistory(store.write, history))
    }
    store.write.database.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    store.close()
  }
  return datapoints
}

function insertHistory(handle: WriteHandle, history: DeviceHistory): number {
  const deviceId = deviceIdShape.parse(history.deviceId)
  const device = insertDevice(handle, { deviceId, firstSeenAt: slotStartAt(fromSlot) })
  let datapoints = 0
  for (const name of metricNames) {
    const metricId = asMetricId(name)
    const series = insertSeries(handle, { deviceRowId: device.id, metricId })
    const isSize = metricOf(metricId).kind === 'size'
    for (let day = 0; day < days; day += 1) {
      const data = dayOf(history.values[name], day, isSize)
      if (data.slots.length === 0) continue
      writeBlock(handle, { day: fromSlot / slotsPerDay + day, seriesId: series.id }, data)
      datapoints += data.slots.length
    }
  }
  addToDatapointCount(handle, datapoints)
  return datapoints
}

function dayOf(column: Float64Array, day: number, isSize: boolean): SeriesData {
  const start = day * slotsPerDay
  const values = column.subarray(start, start + slotsPerDay)
  const isThere = (_: number, slot: number) => !Number.isNaN(values[slot])
  const slots = Int32Array.from(values.keys(), (slot) => fromSlot + start + slot).filter(isThere)
  const present = values.filter(isThere)
  const one = new Float64Array(present.length).fill(1)
  return {
    slots,
    values: present,
    isPartial: new Uint8Array(present.length),
    scores: new Float64Array(present.length),
    sizes: isSize ? { count: one, min: present, max: present, sum: present } : null,
  }
}
