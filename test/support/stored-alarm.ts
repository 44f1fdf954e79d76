import { createHash } from 'node:crypto'
import { violationId, type Alarm } from '../../src/contract/model/alarm.ts'
import { asMetricId } from '../../src/contract/model/aws-metrics.ts'
import type { DeviceId } from '../../src/contract/model/device.ts'
import type { Core } from '../../src/station/core.ts'
import { insertAlarmEvent, upsertAlarm } from '../../src/station/store/alarms.ts'

/** Puts an alarm into the store, as if it had just been raised by a learned behavior at confidence HIGH. */
export function storeAlarm(core: Core, deviceId: DeviceId, changes: Partial<Alarm> = {}): Alarm {
  const now = core.clock.now()
  const seed = `${deviceId} ${now} ${JSON.stringify(changes)}`
  const alarm: Alarm = {
    id: violationId.parse(createHash('sha256').update(seed).digest('hex').slice(0, 32)),
    deviceId,
    securityProfileName: 'Picket-default',
    behaviorName: 'num-messages-sent',
    metricId: asMetricId('aws:num-messages-sent'),
    kind: 'machine-learning',
    confidence: 'HIGH',
    severity: 'high',
    state: 'in-alarm',
    isSuppressed: false,
    startedAt: now,
    lastViolationAt: now,
    endedAt: null,
    value: 900,
    expected: { low: 20, high: 60 },
    odds: 1e6,
    explanation: null,
    violations: 1,
    ...changes,
  }
  upsertAlarm(core.store.write, alarm)
  const event = { alarmId: alarm.id, type: alarm.state, at: now, value: alarm.value, sentence: '' }
  insertAlarmEvent(core.store.write, event)
  return alarm
}
