import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sessionNumberOf } from '../../../../src/station/ingest/sparkplug-payload.ts'
import {
  createSparkplugPresence,
  forgetSparkplug,
  noteSparkplug,
} from '../../../../src/station/ingest/sparkplug-presence.ts'
import {
  parseSparkplugTopic,
  sparkplugFilters,
} from '../../../../src/station/ingest/sparkplug-topic.ts'
import { sparkplugPayload } from '../../../support/sparkplug-node.ts'

describe('a Sparkplug topic', () => {
  test.each([
    ['spBv1.0/g/NBIRTH/n', { kind: 'NBIRTH', node: 'g/n', device: null }],
    ['spBv1.0/g/DDATA/n/d', { kind: 'DDATA', node: 'g/n', device: 'g/n/d' }],
    ['spBv1.0/g/DDEATH/n/ü +', { kind: 'DDEATH', node: 'g/n', device: 'g/n/ü +' }],
  ])('%j is read', (topic, expected) => {
    expect(parseSparkplugTopic(topic)).toEqual(expected)
  })

  test.each([
    'spBv1.0/g/NBIRTH/n/d',
    'spBv1.0/g/DBIRTH/n',
    'spBv1.0/g/DBIRTH/n/d/e',
    'spBv1.0/g/DBIRTH/n/',
    'spBv1.0//NBIRTH/n',
    'spBv1.0/g/NBIRTH/',
    'spBv1.0/g/NCMD/n',
    'spBv1.0/STATE/host',
    'spAv1.0/g/NBIRTH/n',
    'spBv1.0/g/toString/n',
    '',
  ])('%j is none', (topic) => {
    expect(parseSparkplugTopic(topic)).toBeNull()
  })

  test('is subscribed to by kind, so that commands do not come', () => {
    expect(sparkplugFilters).toContain('spBv1.0/+/NBIRTH/+')
    expect(sparkplugFilters).toContain('spBv1.0/+/DDATA/+/+')
    expect(sparkplugFilters.join()).not.toMatch(/CMD|STATE/)
  })
})

describe('the session number of a payload', () => {
  test('is found wherever it stands, in either integer field', () => {
    const bdSeq = [0x0a, 0x05, ...Buffer.from('bdSeq')]
    expect(sessionNumberOf(sparkplugPayload(0))).toBe(0)
    expect(sessionNumberOf(sparkplugPayload(255, 200))).toBe(255)
    expect(sessionNumberOf(Uint8Array.from([0x12, 9, ...bdSeq, 0x50, 7]))).toBe(7)
    expect(sessionNumberOf(Uint8Array.from([0x12, 9, 0x58, 9, ...bdSeq]))).toBe(9)
  })

  test('is null where there is none, or none that a number can hold', () => {
    const bdSeq = [0x0a, 0x05, ...Buffer.from('bdSeq')]
    const huge = [0x58, ...Array<number>(9).fill(0xff), 0x01]
    expect(sessionNumberOf(sparkplugPayload(null))).toBeNull()
    expect(sessionNumberOf(new Uint8Array())).toBeNull()
    expect(sessionNumberOf(Uint8Array.from([0x12, 18, ...bdSeq, ...huge]))).toBeNull()
  })

  test('is a number or null, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(60), (noise, cut) => {
        const damaged = Buffer.concat([sparkplugPayload(3).subarray(0, cut), noise])
        const found = sessionNumberOf(damaged)
        expect(found === null || Number.isSafeInteger(found)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('Sparkplug births and deaths', () => {
  type Message = [kind: 'NBIRTH' | 'NDEATH' | 'DBIRTH' | 'DDEATH', session?: number | null]

  function changesOf(messages: readonly Message[], stepMs = 10_000): string[] {
    const presence = createSparkplugPresence(10)
    const changes: string[] = []
    messages.forEach(([kind, session = null], index) => {
      const device = kind.startsWith('D') ? 'g/n/d' : null
      noteSparkplug(
        presence,
        { kind, node: 'g/n', device, session, at: index * stepMs },
        {
          alive: (name) => void changes.push(`+${name}`),
          dead: (name) => void changes.push(`-${name}`),
        },
      )
    })
    return changes
  }

  const sequences: [string, Message[], string[]][] = [
    [
      'a birth and a death count',
      [
        ['NBIRTH', 1],
        ['NDEATH', 1],
      ],
      ['+g/n', '-g/n'],
    ],
    [
      'a birth in the same session is a rebirth',
      [
        ['NBIRTH', 1],
        ['NBIRTH', 1],
      ],
      ['+g/n'],
    ],
    [
      'a birth in another session follows an end that nobody told',
      [['NBIRTH', 1], ['DBIRTH'], ['NBIRTH', 2]],
      ['+g/n', '+g/n/d', '-g/n', '-g/n/d', '+g/n'],
    ],
    [
      'the death of an earlier session says nothing',
      [
        ['NBIRTH', 2],
        ['NDEATH', 1],
      ],
      ['+g/n'],
    ],
    [
      'a death is told once',
      [['NBIRTH', 1], ['NDEATH', 1], ['NDEATH', 1], ['NDEATH']],
      ['+g/n', '-g/n'],
    ],
    ['a death of somebody unknown counts', [['NDEATH', 4]], ['-g/n']],
    [
      'a device goes with its node, and comes back by its own birth',
      [['NBIRTH', 1], ['DBIRTH'], ['NDEATH', 1], ['DDEATH'], ['NBIRTH', 2], ['DBIRTH'], ['DDEATH']],
      ['+g/n', '+g/n/d', '-g/n', '-g/n/d', '+g/n', '+g/n/d', '-g/n/d'],
    ],
    [
      'without session numbers every birth is a connection',
      [['NBIRTH'], ['NBIRTH'], ['NDEATH']],
      ['+g/n', '-g/n', '+g/n', '-g/n'],
    ],
  ]

  test.each(sequences)('%s', (_, messages, expected) => {
    expect(changesOf(messages)).toEqual(expected)
  })

  test('a birth that its own will overtook does not bring a node back, a later one does', () => {
    const messages: Message[] = [
      ['NBIRTH', 1],
      ['NDEATH', 1],
      ['NBIRTH', 1],
    ]
    expect(changesOf(messages, 100)).toEqual(['+g/n', '-g/n'])
    expect(changesOf(messages, 5000)).toEqual(['+g/n', '-g/n', '+g/n'])
  })

  test('are remembered of so many nodes and devices only', () => {
    const presence = createSparkplugPresence(5)
    const nobody = { alive: () => undefined, dead: () => undefined }
    for (let index = 0; index < 100; index += 1) {
      const node = `g/n${index % 20}`
      noteSparkplug(presence, { kind: 'NBIRTH', node, device: null, session: 0, at: 0 }, nobody)
      const device = `${node}/d${index}`
      noteSparkplug(presence, { kind: 'DBIRTH', node, device, session: null, at: 0 }, nobody)
      expect(presence.nodes.size).toBeLessThanOrEqual(5)
      const devices = [...presence.nodes.values()].reduce((sum, each) => sum + each.devices.size, 0)
      expect(devices).toBe(presence.devices)
      expect(devices).toBeLessThanOrEqual(5)
    }
    forgetSparkplug(presence)
    expect(presence).toMatchObject({ devices: 0 })
  })
})
