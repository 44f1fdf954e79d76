import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addressOf,
  isCut,
  readLogText,
  textOf,
  withoutSyslogPrefix,
  writtenAt,
} from '../../../../src/station/ingest/mosquitto-line.ts'

const read = (text: string) => readLogText(text, false)

describe('the time before a line', () => {
  test.each([
    ['1795335361: Client x disconnected.', 1_795_335_361_000],
    ['2026-11-22T03:43:39Z: Client x disconnected.', Date.UTC(2026, 10, 22, 3, 43, 39)],
    ['2026-11-22T03:43:39+0100: Client x disconnected.', Date.UTC(2026, 10, 22, 2, 43, 39)],
    ['2026-11-22T03:43:39-01:30: Client x disconnected.', Date.UTC(2026, 10, 22, 5, 13, 39)],
    ['20261122T03:43:39Z: Client x disconnected.', Date.UTC(2026, 10, 22, 3, 43, 39)],
    ['Client x disconnected.', null],
    ['2026-99-22T03:43:39Z: Client x disconnected.', null],
  ])('of %s is understood', (line, at) => {
    expect(writtenAt(line)).toBe(at)
    expect(textOf(line)).toBe('Client x disconnected.')
  })

  test('without a zone is the time of this machine', () => {
    const line = '2026-11-22T03:43:39: x'
    expect(writtenAt(line)).toBe(new Date(2026, 10, 22, 3, 43, 39).getTime())
  })

  test('stands behind what a syslog daemon put before it', () => {
    const line = '1795335361: Client x disconnected.'
    const prefixes = [
      'Nov 22 03:43:39 gate mosquitto[612]: ',
      'Nov  2 03:43:39 gate mosquitto[612]: ',
      '2026-11-22T03:43:39.123456+01:00 gate mosquitto[612]: ',
    ]
    for (const prefix of prefixes) expect(withoutSyslogPrefix(prefix + line)).toBe(line)
    expect(withoutSyslogPrefix(line)).toBe(line)
  })
})

describe('lines of Mosquitto', () => {
  test.each([
    [
      "New client connected from 127.0.0.1:38534 as c-clean (p2, c1, k60, u'dev1').",
      { clientId: 'c-clean', username: 'dev1', address: '127.0.0.1', keepaliveMs: 60_000 },
    ],
    [
      'New client connected from ::ffff:127.0.0.1:50246 as wsclient (p2, c1, k0).',
      { clientId: 'wsclient', username: null, address: '127.0.0.1', keepaliveMs: 0 },
    ],
    [
      "New bridge connected from fe80::1:50246 as b (p4, c0, k10, u'').",
      { clientId: 'b', username: '', address: 'fe80::1', endpoint: 'fe80::1:50246' },
    ],
    // An id that pretends to have a user name; and one that looks like a whole line.
    [
      "New client connected from 127.0.0.1:1 as c odd' (p2, c1, k60, u'x'). (p2, c1, k60).",
      { clientId: "c odd' (p2, c1, k60, u'x').", username: null },
    ],
    [
      "New client connected from 10.0.0.9:1 as New client connected from 1.2.3.4:5 as v (p2, c1, k60, u'it''s (p2').",
      {
        clientId: 'New client connected from 1.2.3.4:5 as v',
        username: "it''s (p2",
        address: '10.0.0.9',
      },
    ],
  ])('say who connected: %s', (text, expected) => {
    expect(read(text)).toMatchObject({ kind: 'connected', ...expected })
  })

  test.each([
    ['Client x disconnected.', 'x', 'CLIENT_INITIATED_DISCONNECT'],
    ['Client x closed its connection.', 'x', 'CONNECTION_LOST'],
    ['Client x has exceeded timeout, disconnecting.', 'x', 'MQTT_KEEP_ALIVE_TIMEOUT'],
    ['Client x been disconnected by administrative action.', 'x', 'API_INITIATED_DISCONNECT'],
    ['Client x disconnected, not authorised.', 'x', 'AUTH_ERROR'],
    ['Client x disconnected due to malformed packet.', 'x', 'CLIENT_ERROR'],
    ['Client x disconnected due to protocol error.', 'x', 'CLIENT_ERROR'],
    ['Client x disconnected due to oversize packet.', 'x', 'CLIENT_ERROR'],
    ['Client x disconnected due to QoS too high or retain not supported.', 'x', 'CLIENT_ERROR'],
    ['Client x disconnected due to out of memory.', 'x', 'SERVER_ERROR'],
    ['Client x disconnected due to exceeding the receive maximum.', 'x', 'THROTTLED'],
    ['Client x disconnected, session taken over.', 'x', 'DUPLICATE_CLIENTID'],
    ['Client x disconnected, quota exceeded.', 'x', 'THROTTLED'],
    ['Client x disconnected, client banned.', 'x', 'AUTH_ERROR'],
    ['Client x disconnected: Connection reset by peer.', 'x', 'CONNECTION_LOST'],
    ['Bad socket read/write on client x: Invalid arguments provided.', 'x', 'CONNECTION_LOST'],
    ['Socket error on client x, disconnecting.', 'x', 'CONNECTION_LOST'],
    ['Client x [10.0.0.7:4912] disconnected.', 'x', 'CLIENT_INITIATED_DISCONNECT'],
    ['Client x [10.0.0.7:4912] disconnected: connection closed by client.', 'x', 'CONNECTION_LOST'],
    ['Client x [fe80::2:4912] disconnected: exceeded timeout.', 'x', 'MQTT_KEEP_ALIVE_TIMEOUT'],
    ['Client x [10.0.0.7:4912] disconnected: session taken over.', 'x', 'DUPLICATE_CLIENTID'],
    ['Client x [10.0.0.7:4912] disconnected: not authorised.', 'x', 'AUTH_ERROR'],
    // Ids that look like the ends of lines.
    ['Client v closed its connection. disconnected.', 'v closed its connection.', null],
    ['Client v disconnected: a closed its connection.', 'v disconnected: a', null],
    ['Client v disconnected, not authorised. [10.0.0.7:1] disconnected.', null, null],
  ])('say whose connection ended, and why: %s', (text, clientId, reason) => {
    const event = read(text)
    expect(event.kind).toBe('disconnected')
    if (event.kind !== 'disconnected') return
    expect(event.clientId).toBe(clientId ?? 'v disconnected, not authorised.')
    if (reason) expect(event.reason).toBe(reason)
  })

  test('say that a client was taken over, whatever its id looks like', () => {
    const clientId = 'x closed its connection.'
    const text = `Client ${clientId} already connected, closing old connection.`
    expect(read(text)).toEqual({ kind: 'taken-over', clientId })
  })

  test('say who sent and got messages of how many bytes', () => {
    const flags = "(d0, q1, r0, m7, 'site/dev1/temp', ... (11 bytes))"
    const reading = { clientId: 'c-acl', isDuplicate: false, qos: 1, messageId: 7 }
    const ways = [
      ['Received PUBLISH from', 'received'],
      ['Sending PUBLISH to', 'sent'],
      ['Denied PUBLISH from', 'denied'],
      ['Dropped too large PUBLISH from', 'received'],
    ] as const
    for (const [words, way] of ways) {
      expect(read(`${words} c-acl ${flags}`)).toEqual({
        kind: 'publish',
        way,
        readings: [reading],
        bytes: 11,
      })
    }
  })

  test('offer every reading where an id or a topic looks like what stands between them', () => {
    const text =
      "Received PUBLISH from a (d0, q0, r0, m0, 'b (d1, q1, r0, m9, 't', ... (9 bytes)', ... (3 bytes))"
    expect(read(text)).toMatchObject({
      readings: [
        { clientId: "a (d0, q0, r0, m0, 'b", isDuplicate: true, messageId: 9 },
        { clientId: 'a', isDuplicate: false, messageId: 0 },
      ],
      bytes: 3,
    })
  })

  test('that were cut have no size, and nothing else that stood at their end', () => {
    const topic = 't'.repeat(1200)
    const line = `1795335364: Received PUBLISH from long (d0, q0, r0, m0, '${topic}`.slice(0, 999)
    expect(isCut(line)).toBe(true)
    expect(readLogText(textOf(line), true)).toMatchObject({
      bytes: null,
      readings: [{ clientId: 'long' }],
    })
    expect(readLogText('Client x disconnected.', true).kind).toBe('unreadable')
    const accented = `1795335364: Client ${'é'.repeat(500)}`.slice(0, 990)
    expect(isCut(accented)).toBe(true)
    expect(isCut('1795335364: Client x disconnected.')).toBe(false)
  })

  test.each([
    ['Sending CONNACK to 10.0.0.7 (0, 5)', { kind: 'connack', to: '10.0.0.7', code: 5 }],
    ['Sending CONNACK to x (0, 5) (0, 0)', { kind: 'connack', to: 'x (0, 5)', code: 0 }],
    ['New connection from ::1:5000 on port 1883.', { kind: 'accepted', endpoint: '::1:5000' }],
    ['Received SUBSCRIBE from x y', { kind: 'subscribe', clientId: 'x y' }],
    ['Sending UNSUBACK to x', { kind: 'answered', clientId: 'x' }],
    ['Received PINGREQ from x', { kind: 'seen', clientId: 'x' }],
    ['\ta/b (QoS 1)', { kind: 'indented', text: 'a/b (QoS 1)' }],
    ['mosquitto version 2.0.11 starting', { kind: 'broker', step: 'starting', version: '2.0.11' }],
    ['Suppressed 812 messages from mosquitto.service', { kind: 'suppressed', lines: 812 }],
    [
      'Outgoing messages are being dropped for client slow.',
      { kind: 'dropping', clientId: 'slow' },
    ],
    ['Client connection from 127.0.0.1 failed: error:0A00010B:SSL routines.', { kind: 'other' }],
    ['Client x connected with too large Will payload', { kind: 'other' }],
    ['OpenSSL Error[0]: error:0A000086', { kind: 'other' }],
    ['Config loaded from conf.', { kind: 'other' }],
    ['New client connected from nowhere', { kind: 'unreadable' }],
    ['Received PUBLISH from x', { kind: 'unreadable' }],
  ])('have their meaning: %s', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  test('name a client right, whatever it calls itself', () => {
    // What a broker lets through: no control characters.
    const hostile = fc.oneof(
      fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
      fc.constantFrom(
        " (p2, c1, k60, u'v').",
        ' disconnected.',
        ' [1.2.3.4:5] disconnected: x.',
        ' disconnected due to ',
      ),
    )
    const name = fc.tuple(hostile, hostile, hostile).map((parts) => parts.join(''))
    fc.assert(
      fc.property(name, name, (clientId, username) => {
        const user = username.includes("u'") ? 'plain' : username
        expect(
          read(`New client connected from 10.0.0.7:1 as ${clientId} (p2, c1, k60, u'${user}').`),
        ).toMatchObject({ clientId, username: user })
        for (const end of [
          ' disconnected.',
          ' closed its connection.',
          ' disconnected, not authorised.',
        ]) {
          expect(read(`Client ${clientId}${end}`)).toMatchObject({ clientId })
        }
        expect(
          read(`Client ${clientId} [10.0.0.7:1] disconnected: exceeded timeout.`),
        ).toMatchObject({ clientId, endpoint: '10.0.0.7:1' })
      }),
    )
  })

  test('know an address when they see one', () => {
    expect(addressOf('::ffff:10.0.0.7')).toBe('10.0.0.7')
    expect(addressOf('fe80::1')).toBe('fe80::1')
    expect(addressOf('10.0.0.7.1')).toBeNull()
    expect(addressOf('pump-1')).toBeNull()
  })
})
