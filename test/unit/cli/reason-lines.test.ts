import { describe, expect, test } from 'vitest'
import { alarmLine } from '../../../src/cli/alarm-line.ts'
import { profileLines } from '../../../src/cli/profile-lines.ts'
import { reasonLines } from '../../../src/cli/reasons.ts'
import type { Alarm } from '../../../src/contract/model/alarm.ts'
import { deviceId } from '../../../src/contract/model/device.ts'
import type { ComponentEvidence } from '../../../src/contract/model/explanation.ts'
import {
  denseComponents,
  jointComponents,
  sparseComponents,
} from '../../../src/detect/trained/components.ts'
import { eventsOf, scriptedAlarm, scriptedComponent } from '../../support/scripted-fleet.ts'
import { learnedProfile, learningProfile } from '../../support/scripted-profiles.ts'
import { hostileComponent, reasonAlarms } from '../../support/scripted-reasons.ts'

const notMarked = { state: 'UNKNOWN', note: '', at: null } as const
const burst = scriptedAlarm(1, { deviceId: deviceId.parse('pump-07') })

function alarmNumber(index: number): Alarm {
  const found = reasonAlarms()[index]
  if (!found) throw new Error(`there is no alarm ${index}`)
  return found
}

/** The alarm with one part of evidence alone. */
function withPart(part: ComponentEvidence): Alarm {
  if (!burst.explanation) throw new Error('the alarm has no reasons')
  return { ...burst, explanation: { ...burst.explanation, components: [part] } }
}

const linesOf = (alarm: Alarm) =>
  reasonLines({ alarm, events: eventsOf(alarm), verification: notMarked })

describe('an alarm in one line', () => {
  test('out of its range names the range', () => {
    expect(alarmLine(burst)).toMatch(
      /^ALARM HIGH pump-07 · Messages sent 412 messages · usually 20 to 60 · confidence HIGH/,
    )
  })

  test('inside its range says that the value itself is usual', () => {
    expect(alarmLine(alarmNumber(0))).toContain('· in itself usual: 20 to 60 ·')
  })

  test('of all metrics together claims no range', () => {
    expect(alarmLine(alarmNumber(1))).toMatch(
      /^ALARM HIGH pump-12 · All metrics together 1 in 2,000,000, no single one is out of range ·/,
    )
  })

  test('of a shift tells both levels, and neither odds nor a limit', () => {
    const shift = alarmNumber(2)
    expect(alarmLine(shift)).toBe(
      'SHIFT MEDIUM pump-16 · Messages sent usual moved from 40 to 118 messages · found 2026-11-21 22:12 UTC',
    )
    const ended = { ...shift, state: 'alarm-cleared', endedAt: shift.startedAt + 1 } as const
    expect(alarmLine(ended)).toMatch(/^LEARNED pump-16 · /)
  })
})

describe('why an alarm was raised', () => {
  test('is a line a part of the evidence, and what else is known', () => {
    expect(linesOf(burst)).toEqual([
      alarmLine(burst),
      '  burst     52 %  this value: 412 messages, usually 20 to 60',
      '  burst     31 %  largest jump of the last hour: 371 messages, usually at most 62',
      '  burst     17 %  change from slot to slot of the last 15 min: 128 messages, usually at most 34',
      "  usual    41 messages for this device, 38 messages for the fleet's middle one, at this hour",
      '  a value from 12 to 74 messages would not have alarmed',
      '  along    Bytes out 1 in 84,000, 2026-11-22 03:05 UTC',
      '  along    Disconnects 1 in 310, 2026-11-22 02:50 UTC',
      '  2026-11-22 01:45 UTC  Messages sent: 412 messages',
      '  marked   not yet',
    ])
  })

  test('says when no value would have cleared it, and when it is judged by its peers', () => {
    expect(linesOf(alarmNumber(0)).join('\n')).toContain('what the other metrics did, alone alarms')
    expect(linesOf(alarmNumber(3)).join('\n')).toMatch(
      /at most 47 messages.*\n.*judged by its peers/,
    )
    expect(linesOf(alarmNumber(1)).join('\n')).not.toContain('would')
  })

  test('keeps hostile text on its line', () => {
    expect(linesOf(withPart(hostileComponent()))[1]).toContain(
      '<b>zigzag</b>\\u{202e} of the last 2 h: ',
    )
    const verification = { state: 'UNKNOWN', note: 'a\nb', at: 0 } as const
    const lines = reasonLines({ alarm: burst, events: [], verification })
    expect(lines.at(-1)).toBe('  marked   UNKNOWN, 1970-01-01 00:00 UTC: a\\u{a}b')
  })

  test.each([...denseComponents, ...jointComponents, ...sparseComponents].map(({ name }) => name))(
    'has words for the %s of the engine',
    (component) => {
      expect(linesOf(withPart(scriptedComponent({ component })))[1]).toMatch(
        /^  \S+ +\d+ %  (this value|(mean|all of|every value of|swings within|low end of|high end of|count of) .+|change from slot to slot|largest jump)(, given the other metrics)?: /,
      )
    },
  )
})

describe('a profile', () => {
  test('is told with what each level costs, and what it costs as configured', () => {
    const lines = profileLines([learnedProfile()])
    expect(lines[0]).toBe('fleet: 5 behaviors, the whole fleet')
    expect(lines[1]).toMatch(
      /^ {2}messages-sent \(Messages sent\) · learned, HIGH · ACTIVE of .*, 100 % of the data · false alarms a day: HIGH 0\.0069, MEDIUM 0\.072, LOW 0\.69$/,
    )
    expect(lines[3]).toContain('did not hold on the latest day: On the latest day')
    expect(lines[5]).toBe('  authorization-failures (Authorization failures) · fixed limit')
    expect(lines[6]).toBe(
      "  about 0.32 false alarms a day as configured; all at HIGH 0.029, MEDIUM 0.45, LOW 3.8 (on this fleet's own days, 3 of 5 behaviors)",
    )
  })

  test('claims no figures before a model', () => {
    expect(profileLines([learningProfile()]).at(-1)).toContain('not counted yet')
  })
})
