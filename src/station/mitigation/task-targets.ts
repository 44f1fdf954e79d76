import { StationError } from '../../contract/errors.ts'
import type { Alarm, ViolationId } from '../../contract/model/alarm.ts'
import type { DeviceId } from '../../contract/model/device.ts'
import type { TaskRequest } from '../../contract/model/mitigation.ts'
import type { Core } from '../core.ts'
import { listActiveAlarms, listAlarmHistory, readAlarm } from '../store/alarms.ts'

/** A device that a task acts on, and the alarms that it acts for: none where the device was named. */
export interface TaskDevice {
  deviceId: DeviceId
  alarms: readonly Alarm[]
}

/** Of a profile's behavior, at most. */
const mostAlarms = 1000

/** Whom a task acts on: each device once. Throws ALARM_UNKNOWN or DEVICE_UNKNOWN. */
export function devicesOfTask(core: Core, request: TaskRequest): TaskDevice[] {
  const { target } = request
  if ('deviceId' in target) {
    if (!core.fleet.devices.has(target.deviceId)) throw new StationError('DEVICE_UNKNOWN')
    return [{ deviceId: target.deviceId, alarms: [] }]
  }
  const found =
    'violationIds' in target
      ? target.violationIds.map((id) => knownAlarm(core, id))
      : alarmsOfBehavior(core, request, target)
  const wanted = found.filter((alarm) => isWanted(alarm, request))
  const byDevice = Map.groupBy(wanted, ({ deviceId }) => deviceId)
  return [...byDevice].map(([deviceId, alarms]) => ({ deviceId, alarms }))
}

function isWanted(alarm: Alarm, request: TaskRequest): boolean {
  const { includeOnlyActiveViolations, includeSuppressedAlerts } = request
  const { startTime = -Infinity, endTime = Infinity } = request.violationEventOccurrenceRange ?? {}
  return (
    (!includeOnlyActiveViolations || alarm.state === 'in-alarm') &&
    (includeSuppressedAlerts || !alarm.isSuppressed) &&
    alarm.startedAt >= startTime &&
    alarm.startedAt <= endTime
  )
}

function alarmsOfBehavior(
  { store, clock }: Core,
  { includeOnlyActiveViolations }: TaskRequest,
  target: { securityProfileName: string; behaviorName: string },
): Alarm[] {
  const page = { limit: mostAlarms, offset: 0 }
  const { alarms } = includeOnlyActiveViolations
    ? listActiveAlarms(store.read, { ...page, includeSuppressed: true })
    : listAlarmHistory(store.read, { ...page, from: 0, to: clock.now() + 1 })
  return alarms.filter(
    ({ securityProfileName, behaviorName }) =>
      securityProfileName === target.securityProfileName && behaviorName === target.behaviorName,
  )
}

function knownAlarm({ store }: Core, id: ViolationId): Alarm {
  const alarm = readAlarm(store.read, id)
  if (!alarm) throw new StationError('ALARM_UNKNOWN')
  return alarm
}
