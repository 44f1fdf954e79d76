import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { slotStartAt } from '../../../src/contract/model/time.ts'
import {
  addGap,
  closeGap,
  createGapWatch,
  isSlotPartial,
  openGap,
  recoverSpan,
  wholeStation,
} from '../../../src/station/gaps.ts'

const slot = 5_966_666
const from = slotStartAt(slot)
const to = slotStartAt(slot + 1)
const reason = 'The broker was away.'

describe('a slot is partial', () => {
  test('just when its source was blind for some part of it', () => {
    const moment = fc.integer({ min: from - 600_000, max: to + 600_000 })
    fc.assert(
      fc.property(moment, fc.nat({ max: 900_000 }), (gapFrom, length) => {
        const watch = createGapWatch()
        addGap(watch, { sourceId: 'mqtt', from: gapFrom, to: gapFrom + length, reason })
        const overlap = Math.min(to, gapFrom + length) - Math.max(from, gapFrom)
        const isMoment = length === 0 && gapFrom > from && gapFrom < to
        expect(isSlotPartial(watch, 'mqtt', slot)).toBe(overlap > 0 || isMoment)
      }),
    )
  })

  test('while a gap is open, from the slot that it began in', () => {
    const watch = createGapWatch()
    openGap(watch, 'mqtt', { from: to - 1, reason })
    expect(isSlotPartial(watch, 'mqtt', slot - 1)).toBe(false)
    expect(isSlotPartial(watch, 'mqtt', slot)).toBe(true)
    expect(isSlotPartial(watch, 'mqtt', slot + 500)).toBe(true)
  })

  test('for every source where the whole station was blind, and for no other where one was', () => {
    const watch = createGapWatch()
    openGap(watch, 'mqtt', { from, reason })
    expect(isSlotPartial(watch, 'embedded', slot)).toBe(false)
    addGap(watch, { sourceId: wholeStation, from, to: from + 1, reason })
    expect(isSlotPartial(watch, 'embedded', slot)).toBe(true)
  })
})

describe('a gap', () => {
  test('begins where it first did and has the last reason, however often the source fails', () => {
    const watch = createGapWatch()
    openGap(watch, 'mqtt', { from, reason })
    openGap(watch, 'mqtt', { from: from + 5000, reason: 'It was refused.' })
    closeGap(watch, 'mqtt', to)
    expect(watch.unsaved).toEqual([{ sourceId: 'mqtt', from, to, reason: 'It was refused.' }])
  })

  test('still counts for its slots after it was closed', () => {
    const watch = createGapWatch()
    openGap(watch, 'mqtt', { from, reason })
    closeGap(watch, 'mqtt', from + 10)
    expect(isSlotPartial(watch, 'mqtt', slot)).toBe(true)
    expect(isSlotPartial(watch, 'mqtt', slot + 1)).toBe(false)
  })

  test('that was never open cannot be closed', () => {
    const watch = createGapWatch()
    closeGap(watch, 'mqtt', to)
    expect(watch).toEqual(createGapWatch())
  })

  test('takes no more memory than the last few hundred need', () => {
    const watch = createGapWatch()
    for (let index = 0; index < 2000; index += 1) {
      addGap(watch, { sourceId: 'mqtt', from: from + index, to: from + index + 1, reason })
    }
    expect(watch.recent.length).toBeLessThanOrEqual(500)
    expect(watch.recent.at(-1)?.from).toBe(from + 1999)
  })
})

describe('a source that read up later what happened', () => {
  const stopped = { sourceId: wholeStation, from: from + 10, to: from + 20, reason }

  test('was not blind while the station did not run, though others were', () => {
    const watch = createGapWatch()
    addGap(watch, stopped)
    openGap(watch, 'log', { from: from + 20, reason })
    recoverSpan(watch, { sourceId: 'log', from: from + 10, to: from + 30 })
    expect(isSlotPartial(watch, 'log', slot)).toBe(false)
    expect(isSlotPartial(watch, 'mqtt', slot)).toBe(true)
  })

  test('was blind where it could read up only a part', () => {
    const watch = createGapWatch()
    addGap(watch, stopped)
    recoverSpan(watch, { sourceId: 'log', from: from + 11, to: from + 30 })
    expect(isSlotPartial(watch, 'log', slot)).toBe(true)
  })
})
