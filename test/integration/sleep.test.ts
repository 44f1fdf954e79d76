import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listGaps } from '../../src/station/store/gaps.ts'
import { closeReader, openReader } from '../../src/station/store/open.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { dayStartsAt, startHandStation, type HandStation } from '../support/hand-station.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const hourMs = 3_600_000

const startStation = () =>
  startHandStation({ data: temporaryFolder(), clock: createHandClock(dayStartsAt + 1000) })

test('A sleep in which time stood still is one gap, found by the jump of the clock', async () => {
  const running = await startStation()
  running.station.fallAsleep()
  running.clock.jump(hourMs)
  running.station.wakeUp()
  expect(await sleepsOf(running)).toEqual([
    'The machine slept, or its clock was set forward, by 3600 s.',
  ])
})

test('A sleep in which the clocks went on is one gap as well', async () => {
  const running = await startStation()
  running.station.fallAsleep()
  running.clock.leap(hourMs)
  running.station.wakeUp()
  expect(await sleepsOf(running)).toEqual(['The machine slept for 3600 s.'])
})

test('A machine that says it is awake and never slept leaves no gap', async () => {
  const running = await startStation()
  running.station.wakeUp()
  expect(await sleepsOf(running)).toEqual([])
})

async function sleepsOf({ station, data }: HandStation): Promise<string[]> {
  await station.stop()
  const reader = openReader(join(data, 'picket.db'))
  const reasons = listGaps(reader, 0, Infinity).map(({ reason }) => reason)
  closeReader(reader)
  return reasons.filter((reason) => reason.includes('slept'))
}
