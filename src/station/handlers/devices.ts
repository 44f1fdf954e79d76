import { StationError } from '../../contract/errors.ts'
import type { Device, DeviceId } from '../../contract/model/device.ts'
import { allMetricsTogether, awsMetrics } from '../../contract/model/aws-metrics.ts'
import type { MetricId } from '../../contract/model/metric.ts'
import { dayMs, slotStartAt } from '../../contract/model/time.ts'
import type { Core } from '../core.ts'
import type { FleetDevice } from '../fleet.ts'
import { activeIsolation } from '../mitigation/isolations.ts'
import { noticesOfIsolation } from '../mitigation/device-notices.ts'
import { noticesOfDevice } from '../source-notices.ts'
import { isReporting } from '../status.ts'
import { countActiveByDevice } from '../store/alarms.ts'
import { countRejectionsByDevice } from '../store/rejections.ts'

interface DevicePage {
  search: string
  limit: number
  offset: number
}

const totalsNotice =
  'Reports traffic as totals since boot; Picket takes the differences. Reports before this was found out hold totals.'

const learningNotice =
  'New: judged by its peers and its last hours for now, which is shown but raises no learned alarm. It takes a day of data and the next daily training.'

export function listDevices(core: Core, { search, limit, offset }: DevicePage) {
  const wanted = search.toLowerCase()
  const found = [...core.fleet.devices.values()]
    .filter(({ deviceId }) => deviceId.toLowerCase().includes(wanted))
    .sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1))
  const describe = describer(core)
  return { total: found.length, devices: found.slice(offset, offset + limit).map(describe) }
}

export function getDevice(core: Core, deviceId: DeviceId): Device {
  return describer(core)(findDevice(core, deviceId))
}

/** Throws DEVICE_UNKNOWN. */
export function findDevice(core: Core, deviceId: DeviceId): FleetDevice {
  const device = core.fleet.devices.get(deviceId)
  if (!device) throw new StationError('DEVICE_UNKNOWN')
  return device
}

const usualOrder = new Map([allMetricsTogether, ...awsMetrics].map(({ id }, index) => [id, index]))

/** All together, AWS's metrics as people know them, then custom ones by name. */
function byUsualOrder(a: MetricId, b: MetricId): number {
  const [first, second] = [usualOrder.get(a) ?? Infinity, usualOrder.get(b) ?? Infinity]
  return first === second ? a.localeCompare(b) : first - second
}

function describer(core: Core): (device: FleetDevice) => Device {
  const knownSince =
    Math.min(...[...core.models.values()].map(({ trainedAt }) => trainedAt)) - dayMs
  const alarms = countActiveByDevice(core.store.read)
  const rejected = countRejectionsByDevice(core.store.read)
  return ({ deviceId, firstSeenAt, series, reports }) => {
    const lastSlot = core.lastSlots.get(deviceId)
    return {
      id: deviceId,
      firstSeenAt,
      lastDatapointAt: lastSlot === undefined ? null : slotStartAt(lastSlot),
      isReporting: isReporting(core, deviceId),
      metrics: [...series.keys()].sort(byUsualOrder),
      activeAlarms: alarms.get(deviceId) ?? 0,
      rejected: rejected.get(deviceId) ?? 0,
      presence: core.presence.byDevice.get(deviceId) ?? null,
      isolation: activeIsolation(core.isolations, deviceId)?.id ?? null,
      notices: [
        ...noticesOfIsolation(core, deviceId),
        ...noticesOfDevice(core, deviceId),
        ...(reports.counters.mode === 'cumulative' ? [totalsNotice] : []),
        ...(firstSeenAt > knownSince ? [learningNotice] : []),
      ],
    }
  }
}
