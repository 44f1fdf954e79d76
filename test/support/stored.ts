import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { readAllSeries, readDevices } from '../../src/station/store/catalog.ts'
import { readSeriesData } from '../../src/station/store/datapoints.ts'
import type { ReadHandle } from '../../src/station/store/handles.ts'
import { closeReader, openReader } from '../../src/station/store/open.ts'

/** A datapoint as the store has it. */
interface StoredDatapoint {
  slot: number
  value: number
  isPartial: boolean
}

const [firstSlot, lastSlot] = [0, 2 ** 31 - 1]

/** Reads a data folder beside its station, or after it; closed after the test. */
export function readerOf(data: string): ReadHandle {
  const reader = openReader(join(data, 'picket.db'))
  onTestFinished(() => closeReader(reader))
  return reader
}

/** All datapoints of one metric of one device, ascending by slot; none where it is not known. */
export function storedSeries(
  reader: ReadHandle,
  device: string,
  metric: string,
): StoredDatapoint[] {
  const rowId = readDevices(reader).find(({ deviceId }) => deviceId === device)?.id
  const series = readAllSeries(reader).find(
    ({ deviceRowId, metricId }) => deviceRowId === rowId && metricId === metric,
  )
  if (!series) return []
  const { slots, values, isPartial } = readSeriesData(reader, series, firstSlot, lastSlot)
  return [...slots].map((slot, index) => {
    return { slot, value: values[index] ?? NaN, isPartial: isPartial[index] === 1 }
  })
}
