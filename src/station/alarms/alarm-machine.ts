import { slotsPerDay } from '../../contract/model/time.ts'

/** One behavior on one device. Only devices that are not plainly normal have a state. */
export interface AlarmState {
  isInAlarm: boolean
  /** Datapoints in a row that speak for a change: violating ones before an alarm, conforming ones in it. */
  streak: number
  /** First slot of the streak of violations that led to, or may lead to, the alarm. */
  firstViolationSlot: number
  /** Last slot that held a datapoint of this series. */
  lastSlot: number
  /** Violating datapoints so far. */
  violations: number
}

/** What one datapoint says. Unknown: no model yet, or a partial value that proves nothing. */
export type Outcome = 'violating' | 'conforming' | 'unknown'

export interface AlarmRules {
  datapointsToAlarm: number
  datapointsToClear: number
}

export type AlarmChange =
  'in-alarm' | 'still-in-alarm' | 'alarm-cleared' | 'alarm-invalidated' | null

export interface AlarmStep {
  /** Null: plainly normal, nothing to remember. */
  state: AlarmState | null
  change: AlarmChange
}

/** Silent for longer than this, an alarm says nothing any more. AWS: more than two days. */
export const silentSlots = 2 * slotsPerDay

/**
 * Takes one datapoint. Pure. A slot already taken changes nothing, so that a slot may be judged again
 * after a crash. Unknown datapoints neither raise nor clear.
 */
export function stepAlarm(
  state: AlarmState | null,
  { slot, outcome }: { slot: number; outcome: Outcome },
  rules: AlarmRules,
): AlarmStep {
  if (state && slot <= state.lastSlot) return { state, change: null }
  if (outcome === 'unknown') return { state: state && { ...state, lastSlot: slot }, change: null }
  if (state?.isInAlarm) return stepInAlarm(state, { slot, outcome }, rules)
  return outcome === 'violating'
    ? stepTowardsAlarm(state, slot, rules)
    : { state: null, change: null }
}

/** Ends an alarm whose device has been silent for two days. Silence never clears one. */
export function stepSilence(state: AlarmState, slot: number): AlarmStep {
  if (slot - state.lastSlot <= silentSlots) return { state, change: null }
  return { state: null, change: state.isInAlarm ? 'alarm-invalidated' : null }
}

function stepTowardsAlarm(state: AlarmState | null, slot: number, rules: AlarmRules): AlarmStep {
  const streak = (state?.streak ?? 0) + 1
  const isInAlarm = streak >= rules.datapointsToAlarm
  const firstViolationSlot = state?.firstViolationSlot ?? slot
  return {
    state: {
      isInAlarm,
      streak: isInAlarm ? 0 : streak,
      firstViolationSlot,
      lastSlot: slot,
      violations: streak,
    },
    change: isInAlarm ? 'in-alarm' : null,
  }
}

function stepInAlarm(
  state: AlarmState,
  { slot, outcome }: { slot: number; outcome: Outcome },
  rules: AlarmRules,
): AlarmStep {
  if (outcome === 'violating') {
    const violations = state.violations + 1
    return { state: { ...state, streak: 0, lastSlot: slot, violations }, change: 'still-in-alarm' }
  }
  const streak = state.streak + 1
  if (streak >= rules.datapointsToClear) return { state: null, change: 'alarm-cleared' }
  return { state: { ...state, streak, lastSlot: slot }, change: null }
}
