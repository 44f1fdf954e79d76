import { StationError } from '../../contract/errors.ts'
import type {
  Alarm,
  Verification,
  VerificationState,
  ViolationId,
} from '../../contract/model/alarm.ts'
import type { Core } from '../core.ts'
import { readAlarm, readAlarmEvents } from '../store/alarms.ts'
import { readVerification, writeVerification } from '../store/verifications.ts'

export function getAlarm(core: Core, id: ViolationId) {
  const { read } = core.store
  const alarm = knownAlarm(core, id)
  return { alarm, events: readAlarmEvents(read, id), verification: readVerification(read, id) }
}

/** Keeps what a person found out. Training reads it: false positives are learned from. */
export function verifyAlarm(
  core: Core,
  { id, state, note }: { id: ViolationId; state: VerificationState; note: string },
): Verification {
  knownAlarm(core, id)
  const at = core.clock.now()
  writeVerification(core.store.write, { alarmId: id, state, note, at })
  return { state, note, at }
}

function knownAlarm({ store }: Core, id: ViolationId): Alarm {
  const alarm = readAlarm(store.read, id)
  if (!alarm) throw new StationError('ALARM_UNKNOWN')
  return alarm
}
