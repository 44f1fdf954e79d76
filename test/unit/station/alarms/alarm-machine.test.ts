import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  silentSlots,
  stepAlarm,
  stepSilence,
  type AlarmRules,
  type AlarmState,
  type AlarmStep,
  type Outcome,
} from '../../../../src/station/alarms/alarm-machine.ts'

const firstSlot = 5_966_666

interface Seen {
  slot: number
  outcome: Outcome
}

const rules = fc.record({
  datapointsToAlarm: fc.integer({ min: 1, max: 10 }),
  datapointsToClear: fc.integer({ min: 1, max: 10 }),
})

const outcome = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Outcome>('violating') },
  { weight: 4, arbitrary: fc.constant<Outcome>('conforming') },
  { weight: 1, arbitrary: fc.constant<Outcome>('unknown') },
)

/** Datapoints in the order of time, with missing slots between them. */
const history = fc
  .array(fc.record({ outcome, missing: fc.nat({ max: 4 }) }), { maxLength: 80 })
  .map((list) => {
    let slot = firstSlot
    return list.map((each): Seen => ({ outcome: each.outcome, slot: (slot += 1 + each.missing) }))
  })

/** The step after each datapoint. */
function stepsOf(seen: readonly Seen[], given: AlarmRules): AlarmStep[] {
  let state: AlarmState | null = null
  return seen.map((each) => {
    const step = stepAlarm(state, each, given)
    state = step.state
    return step
  })
}

function changesOf(outcomes: string, given: AlarmRules) {
  const letters: Record<string, Outcome> = { v: 'violating', c: 'conforming', u: 'unknown' }
  const seen = [...outcomes].map((letter, index) => {
    return { slot: firstSlot + index, outcome: letters[letter] ?? 'unknown' }
  })
  return stepsOf(seen, given).map(({ change }) => change)
}

/** How many known datapoints in a row, ending at `index`, had this outcome. Unknown ones do not count. */
function streakAt(seen: readonly Seen[], index: number, wanted: Outcome): number {
  const known = seen.slice(0, index + 1).filter((each) => each.outcome !== 'unknown')
  const other = known.findLastIndex((each) => each.outcome !== wanted)
  return known.length - 1 - other
}

const repetition = fc.record({ again: outcome, back: fc.nat({ max: 3 }) })

describe('an alarm', () => {
  test('is raised by exactly so many violations in a row, and cleared by so many without', () => {
    fc.assert(
      fc.property(history, rules, (seen, given) => {
        let isInAlarm = false
        stepsOf(seen, given).forEach(({ change, state }, index) => {
          if (seen[index]?.outcome === 'unknown') {
            expect(change).toBeNull()
          } else if (isInAlarm) {
            const isOver = streakAt(seen, index, 'conforming') >= given.datapointsToClear
            expect(change === 'alarm-cleared').toBe(isOver)
            if (isOver) isInAlarm = false
          } else {
            const isDue = streakAt(seen, index, 'violating') >= given.datapointsToAlarm
            expect(change).toBe(isDue ? 'in-alarm' : null)
            if (isDue) isInAlarm = true
          }
          expect(state?.isInAlarm ?? false).toBe(isInAlarm)
        })
      }),
    )
  })

  test('begins and ends by turns in its history', () => {
    fc.assert(
      fc.property(history, rules, (seen, given) => {
        const turns = stepsOf(seen, given)
          .map(({ change }) => change)
          .filter((change) => change === 'in-alarm' || change === 'alarm-cleared')
        turns.forEach((change, index) => {
          expect(change).toBe(index % 2 === 0 ? 'in-alarm' : 'alarm-cleared')
        })
      }),
    )
  })

  test('is not brought nearer nor put off by unknown datapoints', () => {
    fc.assert(
      fc.property(history, rules, (seen, given) => {
        const isKnown = (each: Seen) => each.outcome !== 'unknown'
        const all = stepsOf(seen, given).filter((_, index) =>
          isKnown(seen[index] ?? { slot: 0, outcome: 'unknown' }),
        )
        const known = stepsOf(seen.filter(isKnown), given)
        expect(all).toEqual(known)
      }),
    )
  })

  test('counts its violations and remembers the slot of the first', () => {
    fc.assert(
      fc.property(history, rules, (seen, given) => {
        let violating: number[] = []
        stepsOf(seen, given).forEach(({ state }, index) => {
          const each = seen[index]
          if (each?.outcome === 'violating') violating.push(each.slot)
          if (!state) violating = []
          else
            expect(state).toMatchObject({
              violations: violating.length,
              firstViolationSlot: violating[0],
            })
        })
      }),
    )
  })

  test('changes nothing when a slot is judged twice, or an older one again', () => {
    fc.assert(
      fc.property(history, rules, repetition, (seen, given, { again, back }) => {
        const last = seen.at(-1)
        const state = stepsOf(seen, given).at(-1)?.state ?? null
        fc.pre(last !== undefined && state !== null)
        const repeated = { slot: (last?.slot ?? 0) - back, outcome: again }
        expect(stepAlarm(state, repeated, given)).toEqual({ state, change: null })
      }),
    )
  })

  test('leaves the state it steps from as it was', () => {
    const state =
      stepsOf([{ slot: 1, outcome: 'violating' }], {
        datapointsToAlarm: 2,
        datapointsToClear: 2,
      })[0]?.state ?? null
    const copy = structuredClone(state)
    stepAlarm(
      state,
      { slot: 2, outcome: 'violating' },
      { datapointsToAlarm: 2, datapointsToClear: 2 },
    )
    expect(state).toEqual(copy)
  })
})

describe('by example', () => {
  const three = { datapointsToAlarm: 3, datapointsToClear: 2 }

  test('two violations of three come to nothing when one conforms between them', () => {
    expect(changesOf('vvcvvc', three)).toEqual([null, null, null, null, null, null])
  })

  test('three of three raise, more continue, two of two clear', () => {
    expect(changesOf('vvvvccc', three)).toEqual([
      null,
      null,
      'in-alarm',
      'still-in-alarm',
      null,
      'alarm-cleared',
      null,
    ])
  })

  test('one conforming of two clears nothing when a violation follows', () => {
    expect(changesOf('vvvcvcuc', three)).toEqual([
      null,
      null,
      'in-alarm',
      null,
      'still-in-alarm',
      null,
      null,
      'alarm-cleared',
    ])
  })
})

describe('silence', () => {
  const raised: AlarmState = {
    isInAlarm: true,
    streak: 1,
    firstViolationSlot: firstSlot,
    lastSlot: firstSlot + 3,
    violations: 3,
  }

  test('never clears an alarm, and invalidates it only after more than two days', () => {
    const lastGood = raised.lastSlot + silentSlots
    for (const slot of [raised.lastSlot, raised.lastSlot + 1, lastGood]) {
      expect(stepSilence(raised, slot)).toEqual({ state: raised, change: null })
    }
    expect(stepSilence(raised, lastGood + 1)).toEqual({ state: null, change: 'alarm-invalidated' })
    expect(silentSlots * 5).toBe(2 * 24 * 60)
  })

  test('as long forgets violations that did not yet make an alarm, without a word', () => {
    const pending = { ...raised, isInAlarm: false }
    const slot = raised.lastSlot + silentSlots + 1
    expect(stepSilence(pending, slot)).toEqual({ state: null, change: null })
  })

  test('is broken by an unknown datapoint', () => {
    const slot = raised.lastSlot + silentSlots
    const { state } = stepAlarm(
      raised,
      { slot, outcome: 'unknown' },
      { datapointsToAlarm: 1, datapointsToClear: 1 },
    )
    expect(state && stepSilence(state, slot + 1).change).toBeNull()
  })
})
