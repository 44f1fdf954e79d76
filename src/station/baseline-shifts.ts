import type { Alarm } from '../contract/model/alarm.ts'
import type { BaselineShift } from '../detect/trained/train.ts'
import { endAlarm, eventOf, raiseShift } from './alarms/tracked-alarm.ts'
import type { Core } from './core.ts'
import { insertAlarmEvent, listActiveShifts, upsertAlarm } from './store/alarms.ts'
import { transaction } from './store/transaction.ts'

/**
 * Tells of devices whose usual level has moved for good, each once: what was told at the last training has been
 * learned by now, and ends.
 */
export function tellShifts(core: Core, shifts: readonly BaselineShift[]): void {
  const at = core.clock.now()
  const ended = listActiveShifts(core.store.read).map((alarm) =>
    endAlarm(alarm, 'alarm-cleared', at),
  )
  const raised = shifts.flatMap((shift) => raiseShift(core.behaviors, shift, at) ?? [])
  transaction(core.store.write, () => {
    for (const alarm of [...ended, ...raised]) keep(core, alarm, at)
  })
  for (const alarm of [...ended, ...raised]) {
    core.announcer.announce({ kind: 'alarm', alarm }, at)
    if (!alarm.isSuppressed) core.ports.notifier.alarmChanged(alarm)
  }
}

function keep({ store: { write } }: Core, alarm: Alarm, at: number): void {
  upsertAlarm(write, alarm)
  insertAlarmEvent(write, eventOf(alarm, at))
}
