import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Alarm } from '../../src/contract/model/alarm.ts'
import { type AcceleratedClock, createAcceleratedClock } from '../../src/demo/accelerated-clock.ts'
import { HeadlessHost } from '../../src/server/headless-host.ts'
import { defaultSettings } from '../../src/server/settings-file.ts'
import { createQuietLog } from './quiet-log.ts'

/** A headless host on a folder and ports of its own, whose clock may run fast. */
export interface TestHost {
  host: HeadlessHost
  data: string
  clock: AcceleratedClock
  /** Every change of an alarm that a person would have been told. */
  alarms: Alarm[]
  log: ReturnType<typeof createQuietLog>
}

export function createTestHost(
  settings: Parameters<typeof defaultSettings>[0] = {},
  { speed = 1, startAt = Date.now() }: { speed?: number; startAt?: number } = {},
): TestHost {
  const data = mkdtempSync(join(tmpdir(), 'picket-test-'))
  const alarms: Alarm[] = []
  const log = createQuietLog()
  const clock = createAcceleratedClock(startAt, speed)
  clock.release()
  const host = new HeadlessHost({
    settings: defaultSettings({ data, page: { port: 0 }, ...settings }),
    clock,
    log,
    notifier: {
      alarmChanged: (alarm) => void alarms.push(alarm),
      quarantineChanged: () => undefined,
    },
    holder: 'a test',
  })
  return { host, data, clock, alarms, log }
}
