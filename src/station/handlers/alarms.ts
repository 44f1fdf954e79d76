import { StationError } from '../../contract/errors.ts'
import type {
  Alarm,
  Verification,
  VerificationState,
  ViolationId,
} from '../../contract/model/alarm.ts'
import type { Core } from '../core.ts'
import { appendToJournal, byAnalyst } from '../journal/append.ts'
import { readAlarm, readAlarmEvents } from '../store/alarms.ts'
import { transaction } from '../store/transaction.ts'
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
  const { write } = core.store
  transaction(write, () => {
    const detail = { state, note, before: readVerification(write, id).state }
    writeVerification(write, { alarmId: id, state, note, at })
    appendToJournal(core, { kind: 'alarm-verified', by: byAnalyst, subject: id, detail })
  })
  return { state, note, at }
}

function knownAlarm({ store }: Core, id: ViolationId): Alarm {
  const alarm = readAlarm(store.read, id)
  if (!alarm) throw new StationError('ALARM_UNKNOWN')
  return alarm
}
