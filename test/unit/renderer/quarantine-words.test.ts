import { describe, expect, test } from 'vitest'
import type { BrokerPlan, QuarantinePlan } from '../../../src/contract/model/quarantine.ts'
import { deviceId } from '../../../src/contract/model/device.ts'
import {
  actionWords,
  confirmationOf,
  isCurrent,
  isTrouble,
  loserWords,
  minutesOf,
  obstaclesOf,
  planChanges,
  timerOptions,
} from '../../../src/renderer/words/quarantine.ts'
import { noQuarantine, scriptedIsolation } from '../../support/scripted-quarantine.ts'

const plan: QuarantinePlan = { ...noQuarantine().plan, deviceId: deviceId.parse('pump-07') }
const isolated = scriptedIsolation(1, { deviceId: 'pump-07' })

function planWith(own: Partial<BrokerPlan>): QuarantinePlan {
  return { ...plan, brokers: plan.brokers.map((broker) => ({ ...broker, ...own })) }
}

describe('what a new dry run says otherwise', () => {
  test('is nothing where it says the same, whenever it was made', () => {
    expect(planChanges(plan, { ...plan, plannedAt: plan.plannedAt + 1, digest: 'b' })).toEqual([])
  })

  const changes: [string, Partial<BrokerPlan>][] = [
    ['the certificate of pump-07', { identity: 'the certificate of pump-07' }],
    ['pump-08 goes with it', { shares: ['pump-08'] }],
    ['meter listens to #', { losers: [{ client: 'meter', filter: '#' }] }],
    ['Its last will', { losses: ['Its last will.'] }],
    ['POST /banned', { calls: [{ sentence: 'Ban it.', exact: 'POST /banned' }] }],
    ['DELETE /banned', { undo: [{ sentence: 'Lift it.', exact: 'DELETE /banned' }] }],
    ['Its roles: none', { recorded: ['Its roles: none.'] }],
    ['over a restart', { guarantees: [{ holds: true, sentence: 'It lasts over a restart.' }] }],
    ['an administrator', { forbidden: ['It is an administrator.'] }],
  ]

  test.for(changes)('has "%s" once', ([words, own]) => {
    const news = planChanges(plan, planWith(own)).filter((line) => line.startsWith('New: '))
    expect(news).toEqual([expect.stringContaining(words)])
  })

  test('names that a second person is needed now, or not any more', () => {
    const critical = { ...plan, needsApproval: true }
    expect(planChanges(plan, critical)).toEqual(['New: A second person must agree.'])
    expect(planChanges(critical, plan)).toEqual(['Not any more: A second person must agree.'])
  })
})

test('a device must not be isolated where anything forbids it, at whatever broker', () => {
  expect(obstaclesOf(plan)).toEqual([])
  const twice = { ...planWith({ forbidden: ['It is Picket.'] }), forbidden: ['It is protected.'] }
  expect(obstaclesOf(twice)).toEqual(['It is protected.', 'It is Picket.'])
})

test('one device is confirmed by its name, several by their number', () => {
  expect(confirmationOf(['pump-07'])).toBe('pump-07')
  expect(confirmationOf(['pump-07', 'pump-08'])).toBe('2 devices')
})

describe('who loses data', () => {
  test('is named with what they listen to, inert', () => {
    const losers = [
      { client: 'historian', filter: 'site/#' },
      { client: 'me\u202eter', filter: '#' },
    ]
    expect(loserWords({ losers })).toBe('historian (site/#), me\\u202eter (#)')
  })

  test('is nobody only where the broker tells', () => {
    expect(loserWords({ losers: [] })).toContain('Nobody')
    expect(loserWords({ losers: null })).toContain('does not tell')
  })
})

describe('the time after which a device is released', () => {
  test.for(timerOptions)('$words is as long as it says', ({ value, words }) => {
    const said = { '1 h': 60, '8 h': 480, '24 h': 1440, '7 days': 10_080, 'By hand only': null }
    if (value === 'custom') expect(minutesOf(value, '')).toBeUndefined()
    else expect(minutesOf(value, 'ignored')).toBe(said[words as keyof typeof said])
  })

  test.for([
    ['2', 120],
    ['0,5', 30],
    ['0.01', 1],
    ['8760', 525_600],
  ] as const)('%s hours of one’s own are %d minutes', ([hours, minutes]) => {
    expect(minutesOf('custom', hours)).toBe(minutes)
  })

  test.for(['', '0', '-1', '0.001', '8761', 'soon', 'Infinity'])('%j is refused', (hours) => {
    expect(minutesOf('custom', hours)).toBeUndefined()
  })
})

describe('an isolation', () => {
  test.for([
    ['isolating', true],
    ['isolated', true],
    ['changed', true],
    ['releasing', true],
    ['released', false],
    ['failed', false],
  ] as const)('that is %s is in force: %s', ([state, inForce]) => {
    expect(isCurrent({ state })).toBe(inForce)
  })

  test('needs a person where its device still gets through, or nobody knows how to release it', () => {
    const through = { ...isolated.proof, state: 'not-isolated' } as const
    expect(isTrouble(isolated)).toBe(false)
    expect(isTrouble({ ...isolated, proof: through })).toBe(true)
    expect(isTrouble({ ...isolated, state: 'changed' })).toBe(true)
    expect(isTrouble({ ...isolated, state: 'released', proof: through })).toBe(false)
  })
})

test.for([
  [{ type: 'quarantine', releaseAfterMinutes: 90 }, 'off the network, for 1 h 30 min'],
  [{ type: 'quarantine', releaseAfterMinutes: null }, 'until a person releases it'],
  [{ type: 'release' }, 'brings the device back'],
  [{ type: 'ticket' }, 'changes nothing'],
  [
    { type: 'notify', target: { kind: 'webhook', url: 'https://a.example/x' } },
    'https://a.example/x',
  ],
  [
    { type: 'notify', target: { kind: 'mqtt', url: 'mqtt://10.0.0.1', topic: 'alarms' } },
    'topic alarms',
  ],
  [
    { type: 'notify', target: { kind: 'syslog', host: '10.0.0.2', port: 514, transport: 'udp' } },
    'syslog at 10.0.0.2:514',
  ],
] as const)('an action says what it does: %j', ([parameters, words]) => {
  expect(actionWords(parameters)).toContain(words)
})
