import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { slotMs, slotOf, slotStartAt } from '../../../src/contract/model/time.ts'
import { measureOf, type Measure } from '../../../src/station/datapoint.ts'
import {
  createSlots,
  dueSlots,
  fold,
  lastDueSlot,
  restore,
  slotRefusal,
  unfold,
  type OpenMeasure,
  type OpenSlots,
} from '../../../src/station/slots.ts'

const slot = 5_966_666
const nothing: Measure = { count: 0, sum: 0, min: 0, max: 0, last: 0 }

function openMeasure(measure: Measure, rest: Partial<OpenMeasure> = {}): OpenMeasure {
  return { slot, seriesId: 1, sourceId: 'mqtt', isPartial: false, measure, ...rest }
}

/** The one open measure of series 1. */
function measured(slots: OpenSlots): OpenMeasure | undefined {
  return slots.open.get(slot)?.get(1)
}

const values = fc.array(fc.nat({ max: 10 ** 9 }), { minLength: 1, maxLength: 12 })

const additions = fc.array(
  fc.record({
    slot: fc.integer({ min: slot, max: slot + 2 }),
    seriesId: fc.integer({ min: 1, max: 3 }),
    sourceId: fc.constantFrom('mqtt', 'embedded'),
    isPartial: fc.boolean(),
    measure: fc.oneof(fc.nat({ max: 1000 }).map(measureOf), fc.constant(nothing)),
  }),
  { maxLength: 20 },
)

/** What there is to see of open slots, and what of it is not in the store. */
function pictureOf(slots: OpenSlots) {
  const entries = [...slots.open.values()].flatMap((series) => [...series.values()])
  return entries
    .map((entry) => ({ ...entry, isDirty: slots.dirty.has(entry) }))
    .sort((a, b) => a.slot - b.slot || a.seriesId - b.seriesId)
}

describe('samples of one slot', () => {
  test('add up to the same whatever the order they come in', () => {
    const shuffled = values.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, ([given, mixed]) => {
        const measures = [given, mixed].map((list) => {
          const slots = createSlots(0)
          for (const value of list) fold(slots, openMeasure(measureOf(value)))
          const { count, sum, min, max } = measured(slots)?.measure ?? nothing
          return { count, sum, min, max }
        })
        expect(measures[0]).toEqual(measures[1])
        expect(measures[0]).toEqual({
          count: given.length,
          sum: given.reduce((sum, value) => sum + value, 0),
          min: Math.min(...given),
          max: Math.max(...given),
        })
      }),
    )
  })

  test('are partial if any one of them is, whatever the order they come in', () => {
    const parts = fc.array(fc.record({ value: fc.nat({ max: 2 }), isPartial: fc.boolean() }), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(parts, (list) => {
        const slots = createSlots(0)
        for (const { value, isPartial } of list) {
          const measure = value === 0 ? nothing : measureOf(value)
          fold(slots, openMeasure(measure, { isPartial }))
        }
        expect(measured(slots)?.isPartial).toBe(list.some(({ isPartial }) => isPartial))
      }),
    )
  })

  test('leave a gauge at the last one', () => {
    const slots = createSlots(0)
    for (const value of [4, 9, 2]) fold(slots, openMeasure(measureOf(value)))
    expect(measured(slots)?.measure.last).toBe(2)
  })

  test('that only say the device was watched make a counter 0 and change nothing else', () => {
    const slots = createSlots(0)
    fold(slots, openMeasure(nothing))
    expect(measured(slots)?.measure).toEqual(nothing)
    fold(slots, openMeasure({ count: 2, sum: 7, min: 3, max: 4, last: 4 }))
    expect(measured(slots)?.measure).toEqual({ count: 2, sum: 7, min: 3, max: 4, last: 4 })
    slots.dirty.clear()
    expect(fold(slots, openMeasure(nothing))).toBeNull()
    expect(measured(slots)?.measure.count).toBe(2)
    expect(slots.dirty.size).toBe(0)
  })

  test('that only say the device was watched in part make the slot partial and leave its figures', () => {
    const measure = { count: 2, sum: 7, min: 3, max: 4, last: 4 }
    const slots = createSlots(0)
    fold(slots, openMeasure(measure))
    slots.dirty.clear()
    fold(slots, openMeasure(nothing, { isPartial: true }))
    expect(measured(slots)).toMatchObject({ measure, isPartial: true })
    expect(slots.dirty.size).toBe(1)
  })

  test('are kept apart by slot and by series', () => {
    fc.assert(
      fc.property(additions, (list) => {
        const slots = createSlots(0)
        for (const each of list) fold(slots, structuredClone(each))
        const total = (entries: readonly { measure: Measure }[]) =>
          entries.reduce((sum, { measure }) => sum + measure.sum, 0)
        expect(total(pictureOf(slots))).toBe(total(list))
        for (const entry of pictureOf(slots)) {
          const own = list.filter((a) => a.slot === entry.slot && a.seriesId === entry.seriesId)
          expect(entry.measure.sum).toBe(total(own))
        }
      }),
    )
  })
})

describe('folds that are taken back', () => {
  test('leave everything as it was, what was saved meanwhile included', () => {
    const saved = fc.record({ isOld: fc.boolean(), isNew: fc.boolean() })
    fc.assert(
      fc.property(additions, additions, saved, (before, after, { isOld, isNew }) => {
        const slots = createSlots(0)
        for (const each of before) fold(slots, structuredClone(each))
        if (isOld) slots.dirty.clear()
        const picture = structuredClone(pictureOf(slots))
        const changes = after.flatMap((each) => fold(slots, structuredClone(each)) ?? [])
        if (isNew) for (const { entry } of changes) slots.dirty.delete(entry)
        unfold(slots, changes)
        expect(pictureOf(slots)).toEqual(picture)
      }),
    )
  })

  test('leave no empty slot behind', () => {
    const slots = createSlots(0)
    const change = fold(slots, openMeasure(measureOf(1)))
    unfold(slots, change ? [change] : [])
    expect(slots.open.size).toBe(0)
  })
})

describe('a sample is refused', () => {
  const now = slotStartAt(slot) + 1000

  test('when its slot is closed, and taken in its grace before that', () => {
    const graceMs = 30_000
    const endsAt = slotStartAt(slot + 1)
    fc.assert(
      fc.property(fc.nat({ max: slotMs - 1 }), fc.nat({ max: 2 * graceMs }), (offset, late) => {
        const arrival = endsAt + late
        const slots = createSlots(lastDueSlot({ now: arrival, graceMs }))
        const refusal = slotRefusal(slots, { at: slotStartAt(slot) + offset, now: arrival })
        expect(refusal).toBe(late < graceMs ? null : 'too-late')
      }),
    )
  })

  test('when it is more than a minute ahead of the clock', () => {
    const slots = createSlots(slot - 1)
    expect(slotRefusal(slots, { at: now + 60_000, now })).toBeNull()
    expect(slotRefusal(slots, { at: now + 60_001, now })).toBe('ahead-of-clock')
  })

  test('once closed, for ever: a clock that is set back opens no slot again', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 10 }), fc.nat({ max: slotMs - 1 }), (back, offset) => {
        const slots = createSlots(slot)
        const at = slotStartAt(slot) + offset
        expect(slotRefusal(slots, { at, now: now - back })).toBe('too-late')
      }),
    )
  })
})

describe('slots that are due', () => {
  test('are all those whose end and grace have passed, oldest first, after any jump forward', () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 20 })
    fc.assert(
      fc.property(numbers, fc.nat({ max: 500 * slotMs }), (open, now) => {
        const slots = createSlots(0)
        for (const each of open) fold(slots, openMeasure(measureOf(1), { slot: each }))
        const graceMs = 30_000
        const over = open.filter((each) => slotStartAt(each + 1) + graceMs <= now)
        expect(dueSlots(slots, { now, graceMs })).toEqual(over.sort((a, b) => a - b))
      }),
    )
  })

  test('never include the one that time is in', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 41 }), fc.nat({ max: slotMs }), (now, graceMs) => {
        expect(lastDueSlot({ now, graceMs })).toBeLessThan(slotOf(now))
      }),
    )
  })
})

test('a measure that the store has is put back without being saved again', () => {
  const slots = createSlots(0)
  restore(slots, openMeasure(measureOf(5)))
  expect(slots.dirty.size).toBe(0)
  fold(slots, openMeasure(measureOf(6)))
  expect(measured(slots)?.measure.sum).toBe(11)
  expect(slots.dirty.size).toBe(1)
})
