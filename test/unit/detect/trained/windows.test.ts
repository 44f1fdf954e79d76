import { expect, test } from 'vitest'
import { componentValue } from '../../../../src/detect/trained/component-value.ts'
import { placeUnit, planFor } from '../../../../src/detect/trained/group-plan.ts'
import { missing } from '../../../../src/detect/trained/sliding.ts'
import { advance, createWindows, retry } from '../../../../src/detect/trained/windows.ts'

const slotMs = 300_000
const jump = 9 * placeUnit

test('a jump that was tried to be none and put back is a jolt as large as before', () => {
  const plan = planFor([{ family: 'dense', relation: null, ratio: null }], slotMs)
  const windows = createWindows(plan)
  const jolt = plan.readers[0]?.find(({ statistic }) => statistic === 'jolt')
  if (!jolt) throw new Error('no component looks for jolts')
  for (let slot = 0; slot < 40; slot++) advance(windows, Int32Array.of(0))
  advance(windows, Int32Array.of(jump))
  expect(componentValue(jolt, windows, 0)).toBe(9)
  retry(windows, 0, 0)
  expect(componentValue(jolt, windows, 0)).toBe(0)
  retry(windows, 0, jump)
  expect(windows.peaks[jolt.channel]).toBeGreaterThanOrEqual(jump)
  expect(componentValue(jolt, windows, 0)).toBe(9)
})

test('a silence lasts over slots without a value, and is as long as before once another value was tried', () => {
  const plan = planFor([{ family: 'dense', relation: null, ratio: null }], slotMs)
  const windows = createWindows(plan)
  const run = plan.readers[0]?.find(({ statistic }) => statistic === 'run')
  if (!run) throw new Error('no component looks for silence')
  const enterSlots = (entry: number, slots: number) => {
    for (let slot = 0; slot < slots; slot++) advance(windows, Int32Array.of(0, entry))
  }
  const length = () => componentValue(run, windows, 0)
  enterSlots(0, 5)
  enterSlots(1, 4)
  enterSlots(missing, 11)
  enterSlots(1, 1)
  expect(length()).toBe(16)
  retry(windows, run.channel, 0)
  expect(length()).toBe(0)
  retry(windows, run.channel, 1)
  expect(length()).toBe(16)
  enterSlots(missing, 12)
  enterSlots(1, 1)
  expect(length()).toBe(1)
})
