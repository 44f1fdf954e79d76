import type { Alarm } from '../contract/model/alarm.ts'
import { slotOf, slotStartAt } from '../contract/model/time.ts'
import type { Attack } from '../demo/attack.ts'
import type { Clock } from '../station/ports.ts'
import type { QuarantineResult } from './demo-quarantine.ts'

interface Expectation {
  attack: Attack
  clock: Clock
  /** Datapoints in the store at this moment. */
  datapoints(): number
}

/** Slots after the attack in which the device must be back and its alarms clear. */
const patienceSlots = 10

/** Keeps count of what the demo's station alarmed on, against what really happened. */
export class DemoScore {
  trainMs: number | null = null
  #expectation: Expectation | null = null
  #alarms = new Map<string, Alarm>()
  #firstAlarmAfterMs: number | null = null
  #quarantine: QuarantineResult | null = null
  #datapoints = 0
  #firstAlarm = Promise.withResolvers<Alarm | null>()
  #settled = Promise.withResolvers<void>()
  #cancelTimer = () => {}

  /** Notes what will happen, and when the alarms must be over. */
  expect(expectation: Expectation): void {
    this.#expectation = expectation
    const { attack, clock } = expectation
    const waitMs = slotStartAt(attack.toSlot + patienceSlots) - clock.now()
    this.#cancelTimer = clock.after(waitMs, () => this.#settle())
  }

  take(alarm: Alarm): void {
    this.#alarms.set(alarm.id, alarm)
    if (this.#isOfAttack(alarm)) {
      this.#firstAlarmAfterMs ??= this.#sinceAttackMs()
      this.#firstAlarm.resolve(alarm)
    }
    if (this.isPassed()) this.#settle()
  }

  takeQuarantine(result: QuarantineResult): void {
    this.#quarantine = result
    if (this.isPassed()) this.#settle()
  }

  /** The attack's first alarm; null: none came. */
  firstAlarm(): Promise<Alarm | null> {
    return this.#firstAlarm.promise
  }

  /** Resolves when the device is back and every alarm of the attack has cleared, or when that took too long. */
  untilSettled(): Promise<void> {
    return this.#settled.promise
  }

  cancel(): void {
    this.#settle()
  }

  /** The attack was alarmed and cleared, and its device was proved to be off the network and back. */
  isPassed(): boolean {
    const isBack = this.#quarantine?.backAfterMs !== null
    return this.#isCleared() && this.#quarantine?.isolated === true && isBack
  }

  /** Every alarm that the attack raised has cleared, and it raised one. */
  #isCleared(): boolean {
    const ofAttack = [...this.#alarms.values()].filter((alarm) => this.#isOfAttack(alarm))
    return ofAttack.length > 0 && ofAttack.every(({ state }) => state === 'alarm-cleared')
  }

  /** Times are real milliseconds; `firstAlarmAfterMs` counts from the start of the attack. */
  result() {
    const alarms = [...this.#alarms.values()]
    return {
      datapoints: this.#datapoints,
      trainMs: this.trainMs,
      alarms: alarms.length,
      firstAlarmAfterMs: this.#firstAlarmAfterMs,
      falseAlarms: alarms.filter((alarm) => !this.#isOfAttack(alarm)).length,
      attackAlarmedAndCleared: this.#isCleared(),
      /** Null: it was left to who looks at the page. */
      quarantine: this.#quarantine,
    }
  }

  #settle(): void {
    this.#cancelTimer()
    this.#firstAlarm.resolve(null)
    this.#datapoints = this.#expectation?.datapoints() ?? 0
    this.#settled.resolve()
  }

  #sinceAttackMs(): number | null {
    if (!this.#expectation) return null
    const { attack, clock } = this.#expectation
    return Math.round((clock.now() - slotStartAt(attack.fromSlot)) / clock.speed)
  }

  #isOfAttack({ deviceId, startedAt }: Alarm): boolean {
    const attack = this.#expectation?.attack
    if (attack?.deviceId !== deviceId) return false
    const slot = slotOf(startedAt)
    return slot >= attack.fromSlot && slot <= attack.toSlot
  }
}
