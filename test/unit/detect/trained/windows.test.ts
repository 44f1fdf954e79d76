import { expect, test } from 'vitest'
import { componentValue } from '../../../../src/detect/trained/component-value.ts'
import { placeUnit, planFor } from '../../../../src/detect/trained/group-plan.ts'
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
