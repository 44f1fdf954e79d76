import { expect, test } from 'vitest'
import { asMetricId } from '../../../../src/contract/model/aws-metrics.ts'
import type { DeviceId } from '../../../../src/contract/model/device.ts'
import { slotMs } from '../../../../src/contract/model/time.ts'
import type { Core } from '../../../../src/station/core.ts'
import { closeSlots, takeSamples } from '../../../../src/station/intake.ts'
import { readAllSeries, readDevices } from '../../../../src/station/store/catalog.ts'
import { readSeriesData } from '../../../../src/station/store/datapoints.ts'
import { createHandClock } from '../../../support/hand-clock.ts'
import { dayStartsAt } from '../../../support/hand-station.ts'
import {
  openQuarantineStation,
  type QuarantineStation,
} from '../../../support/quarantine-station.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const failures = 'aws:num-authorization-failures'
const bytes = 'aws:all-bytes-out'

test('What a broker sees of a device in quarantine is stored as nothing to learn from, until it is released', async () => {
  const clock = createHandClock(dayStartsAt)
  const site = await openQuarantineStation({ data: temporaryFolder(), clock })
  const pump = site.addDevice('pump-1')
  const fan = site.addDevice('fan-1')
  async function slot() {
    for (const device of [pump, fan]) measure(site, device)
    await site.pass(slotMs)
  }
  await slot()
  const id = await isolate(site, pump)
  await slot()
  await slot()
  await site.desk.release({ id, by: 'Ada', reason: 'cleaned' })
  await site.pass(slotMs)
  await slot()
  await closeSlots(site.core, clock.now() + slotMs)
  expect(leftOut(site.core, pump, failures)).toEqual([0, 1, 1, 0])
  // What the device itself reports comes some other way, or not at all.
  expect(leftOut(site.core, pump, bytes)).toEqual([0, 0, 0, 0])
  expect(leftOut(site.core, fan, failures)).toEqual([0, 0, 0, 0])
})

function measure({ core }: QuarantineStation, deviceId: DeviceId): void {
  const at = core.clock.now()
  const measure = { count: 9, sum: 9, min: 1, max: 1, last: 1 }
  const samples = [failures, bytes].map((metric) => {
    return { deviceId, metricId: asMetricId(metric), at, measure, isPartial: false }
  })
  takeSamples(core, 'plant', samples)
}

async function isolate({ desk }: QuarantineStation, deviceId: DeviceId) {
  const { digest } = await desk.plan(deviceId)
  const { id } = await desk.isolate({
    ...{ deviceId, digest, confirmation: deviceId, reason: 'it floods', by: 'Ada' },
    ...{ releaseAfterMinutes: null, alarmIds: [] },
  })
  return id
}

function leftOut({ store }: Core, deviceId: DeviceId, metric: string): number[] {
  const device = readDevices(store.read).find((one) => one.deviceId === deviceId)
  const series = readAllSeries(store.read).find(
    (one) => one.deviceRowId === device?.id && one.metricId === metric,
  )
  if (!series) throw new Error('nothing was stored')
  return [...readSeriesData(store.read, series, 0, 2 ** 31 - 1).isPartial]
}
