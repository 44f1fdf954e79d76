import { describe, expect, test } from 'vitest'
import {
  followLine,
  introduceSessions,
  settleFollower,
} from '../../../../src/station/ingest/mosquitto-follower.ts'
import {
  createFollower,
  type Follower,
} from '../../../../src/station/ingest/mosquitto-log-state.ts'

interface Following {
  follower: Follower
  /** What was told of clients, in order. */
  told: string[]
  refused: string[]
  read(...lines: string[]): void
}

function following(most = 100): Following {
  const told: string[] = []
  const refused: string[] = []
  const follower = createFollower(
    {
      observations: {
        connected: ({ clientId, username, address }) =>
          void told.push(`${clientId} connected as ${username} from ${address}`),
        introduced: ({ clientId, username }) => void told.push(`${clientId} is ${username}`),
        refused: ({ clientId, address }) => void told.push(`${clientId} refused at ${address}`),
        disconnected: (clientId, _at, reason) => void told.push(`${clientId} gone: ${reason}`),
        denied: (clientId) => void told.push(`${clientId} denied`),
        sent: (clientId, _at, bytes) => void told.push(`${clientId} sent ${bytes}`),
        received: (clientId) => void told.push(`${clientId} received`),
        seen: () => undefined,
        sessionsLost: () => void told.push('sessions lost'),
      },
      refused: (reason) => void refused.push(reason),
      told: ({ kind }) => void told.push(kind),
      evidenceChanged: () => undefined,
    },
    most,
  )
  const read = (...lines: string[]) => {
    for (const line of lines) followLine(follower, `1795335361: ${line}`, 1_795_335_361_000)
  }
  return { follower, told, refused, read }
}

function connects(clientId: string, endpoint = '10.0.0.7:4000', user = ''): string[] {
  const login = user ? `, u'${user}'` : ''
  return [
    `New connection from ${endpoint} on port 1883.`,
    `New client connected from ${endpoint} as ${clientId} (p2, c1, k60${login}).`,
    'No will message specified.',
    `Sending CONNACK to ${clientId} (0, 0)`,
  ]
}

describe('a refused login', () => {
  test('is one attempt from where the broker says, in its two lines', () => {
    const { told, read } = following()
    read(
      'New connection from 10.0.0.9:4000 on port 1883.',
      'Sending CONNACK to 10.0.0.9 (0, 5)',
      'Client <unknown> disconnected, not authorised.',
    )
    expect(told).toEqual(['null refused at 10.0.0.9'])
  })

  test('is told apart from the next one, and waits for its second line', () => {
    const { told, read, follower } = following()
    read('Sending CONNACK to 10.0.0.9 (0, 5)')
    settleFollower(follower)
    expect(told).toEqual([])
    read('Client <unknown> disconnected, not authorised.')
    read('Sending CONNACK to 10.0.0.8 (0, 135)', ...connects('x'))
    expect(told).toEqual([
      'null refused at 10.0.0.9',
      'null refused at 10.0.0.8',
      'x connected as null from 10.0.0.7',
    ])
    read('Sending CONNACK to 10.0.0.6 (0, 4)')
    settleFollower(follower)
    settleFollower(follower)
    expect(told.at(-1)).toBe('null refused at 10.0.0.6')
  })

  test('without debug lines is one line, from nowhere that is known', () => {
    const { told, read } = following()
    read('Client <unknown> disconnected, not authorised.')
    expect(told).toEqual(['null refused at null'])
  })

  test('of Mosquitto 2.1 names the client that it claimed to be, and does not end that one’s session', () => {
    const { told, read } = following()
    read(...connects('valve', '10.0.0.7:4000'))
    read('Client valve [10.0.0.66:5000] disconnected: not authorised.')
    read('Client 10.0.0.66 [10.0.0.66:5001] disconnected: not authorised.')
    read('Client valve [10.0.0.7:4000] disconnected: not authorised.')
    expect(told.slice(1)).toEqual([
      'valve refused at 10.0.0.66',
      'null refused at 10.0.0.66',
      'valve gone: AUTH_ERROR',
    ])
  })

  test('is not what a protocol error or a scanner leaves behind', () => {
    const { told, read } = following()
    read(
      'New connection from 10.0.0.9:4000 on port 1883.',
      'Sending CONNACK to 10.0.0.9 (0, 1)',
      'Client <unknown> disconnected due to protocol error.',
      'New connection from 10.0.0.9:4001 on port 1883.',
      'Client <unknown> closed its connection.',
      'Client 10.0.0.9 [10.0.0.9:4002] disconnected: connection closed by client.',
      'New connection from 10.0.0.9:4003 on port 1883.',
      'Client claimed [10.0.0.9:4003] disconnected: protocol error.',
    )
    expect(told).toEqual([])
  })
})

describe('a client that is taken over', () => {
  test('has gone once, in the words of 2.0 and of 2.1', () => {
    const old = following()
    old.read(...connects('x', '10.0.0.7:1'))
    old.read('Client x already connected, closing old connection.', ...connects('x', '10.0.0.7:2'))
    const recent = following()
    recent.read(...connects('x', '10.0.0.7:1'))
    recent.read(
      'Client x already connected, closing old connection.',
      'Client x [10.0.0.7:1] disconnected: session taken over.',
      ...connects('x', '10.0.0.7:2'),
    )
    const expected = [
      'x connected as null from 10.0.0.7',
      'x gone: DUPLICATE_CLIENTID',
      'x connected as null from 10.0.0.7',
    ]
    expect(old.told).toEqual(expected)
    expect(recent.told).toEqual(expected)
  })

  test('over websockets, is closed only after the new one is there', () => {
    const { told, read } = following()
    const [, connected = '', ...rest] = connects('ws', '10.0.0.7:1')
    read(connected, ...rest, 'Client ws already connected, closing old connection.')
    read(connected, ...rest, 'Client ws closed its connection.')
    expect(told).toHaveLength(3)
    read('Client ws closed its connection.')
    expect(told.at(-1)).toBe('ws gone: CONNECTION_LOST')
  })
})

describe('messages', () => {
  test('count as sent and received, with the bytes of their payload', () => {
    const { told, read } = following()
    read(
      "Received PUBLISH from x (d0, q0, r0, m0, 't', ... (11 bytes))",
      "Sending PUBLISH to y (d0, q0, r0, m0, 't', ... (11 bytes))",
      "Denied PUBLISH from x (d0, q1, r0, m7, 't', ... (6 bytes))",
      'Sending PUBACK to x (m7, rc135)',
    )
    expect(told).toEqual(['x sent 11', 'y received', 'x denied'])
  })

  test('that come again after a reconnect count once', () => {
    const { told, read } = following()
    const message = (flags: string) => `Received PUBLISH from x (${flags}, 't', ... (1 bytes))`
    read(message('d0, q1, r0, m5'), message('d0, q2, r0, m6'))
    read('Client x closed its connection.')
    read(message('d1, q1, r0, m5'), message('d1, q2, r0, m6'), message('d0, q1, r0, m7'))
    expect(told.filter((words) => words === 'x sent 1')).toHaveLength(3)
  })

  test('cannot be hidden by calling all of them repetitions', () => {
    const { told, read } = following()
    const repeated = "Received PUBLISH from x (d1, q1, r0, m5, 't', ... (1 bytes))"
    const unacknowledged = "Received PUBLISH from x (d1, q0, r0, m0, 't', ... (1 bytes))"
    read(repeated, repeated, unacknowledged, 'Client x disconnected.', unacknowledged)
    expect(told.filter((words) => words === 'x sent 1')).toHaveLength(4)
  })

  test('that the broker repeats count once', () => {
    const { told, read } = following()
    read("Sending PUBLISH to x (d1, q1, r0, m5, 't', ... (1 bytes))")
    expect(told).toEqual([])
  })

  test('belong to the connected client of the longest fitting id', () => {
    const hostile = "x (d0, q0, r0, m0, 'y"
    const { told, read } = following()
    const line = (id: string, topic: string) =>
      `Received PUBLISH from ${id} (d0, q0, r0, m0, '${topic}', ... (2 bytes))`
    read(...connects('x'), line('x', "y (d0, q0, r0, m0, 'z"))
    expect(told.at(-1)).toBe('x sent 2')
    read(...connects(hostile), line(hostile, 'z'))
    expect(told.at(-1)).toBe(`${hostile} sent 2`)
  })

  test('on a topic so long that the line is cut count, without a size', () => {
    const { told, read, refused } = following()
    const line = `Received PUBLISH from x (d0, q0, r0, m0, '${'t'.repeat(1200)}`.slice(0, 987)
    read(line)
    expect(refused).toEqual(['oversized'])
    read(...connects('x'), line)
    expect(told.at(-1)).toBe('x sent null')
  })

  test('cannot be put in another’s name by an id that is cut in the right place', () => {
    const { told, read, refused } = following()
    const forged = "victim (d0, q0, r0, m0, 'x', ... (9 bytes))".padEnd(2000, ' ')
    read(...connects('victim'))
    read(`New client connected from 10.0.0.66:1 as ${forged}`.slice(0, 987))
    read(`Received PUBLISH from ${forged}`.slice(0, 987))
    expect(told).toEqual(['victim connected as null from 10.0.0.7'])
    expect(refused).toEqual(['oversized', 'oversized'])
  })
})

describe('subscriptions', () => {
  const granted = ['Received SUBSCRIBE from x', '\ta/b (QoS 1)', 'x 1 a/b', 'Sending SUBACK to x']

  test('are denied where the line of the grant is missing', () => {
    const { told, read } = following()
    read(...granted)
    read(
      'Received SUBSCRIBE from x',
      '\tsecret/# (QoS 0)',
      '\ta (QoS 2)',
      'x 0 a',
      '\tother (QoS 0)',
      'Sending SUBACK to x',
    )
    expect(told).toEqual(['x denied', 'x denied'])
  })

  test('are not called denied where the log may not show grants at all', () => {
    const { told, read } = following()
    read('Received SUBSCRIBE from x', '\ta (QoS 0)', 'Sending SUBACK to x')
    expect(told).toEqual([])
    read(...granted)
    expect(told).toEqual(['x denied'])
  })

  test('that are malformed are not denied', () => {
    const { told, read } = following()
    read(...granted, 'Received SUBSCRIBE from x', '\ta (QoS 0)')
    read('Client x disconnected due to malformed packet.', 'Sending SUBACK to x')
    expect(told).toEqual(['x gone: CLIENT_ERROR'])
  })

  test('cannot speak in the broker’s words', () => {
    const { told, read } = following()
    const hostile = 'New client connected from 1.2.3.4:5 as victim'
    read(...connects(hostile))
    read(
      `Received SUBSCRIBE from ${hostile}`,
      '\t(p2, c1, k60). (QoS 0)',
      `${hostile} 0 (p2, c1, k60).`,
      `Sending SUBACK to ${hostile}`,
      `Received UNSUBSCRIBE from ${hostile}`,
      '\t(p2, c1, k60).',
      `${hostile} (p2, c1, k60).`,
      `Sending UNSUBACK to ${hostile}`,
    )
    const forger = "Received PUBLISH from victim (d0, q0, r0, m0, 'x"
    read(
      `Received SUBSCRIBE from ${forger}`,
      "\t', ... (9 bytes)) (QoS 0)",
      `${forger} 0 ', ... (9 bytes))`,
      `Sending SUBACK to ${forger}`,
    )
    expect(told).toEqual([`${hostile} connected as null from 10.0.0.7`])
  })

  test('are not confused by the topic of a will', () => {
    const { told, read } = following()
    read(...granted, 'Will message specified (3 bytes) (r0, q0).', '\twill (QoS 0)')
    read('Sending SUBACK to x')
    expect(told).toEqual([])
  })
})

describe('a client of a hostile name', () => {
  test('such as <unknown> is counted, and strangers are not counted for it', () => {
    const { told, read } = following()
    read(...connects('<unknown>'))
    read(
      'New connection from 10.0.0.9:4001 on port 1883.',
      'Client <unknown> closed its connection.',
    )
    expect(told).toHaveLength(1)
    read('Client <unknown> closed its connection.')
    expect(told.at(-1)).toBe('<unknown> gone: CONNECTION_LOST')
  })

  test('such as an end of 2.1’s lines is told apart by its connection', () => {
    const { told, read } = following()
    const hostile = 'v [10.0.0.7:1]'
    read(...connects('v', '10.0.0.7:9'), ...connects(hostile, '10.0.0.66:1'))
    read(`Client ${hostile} disconnected.`)
    expect(told.at(-1)).toBe(`${hostile} gone: CLIENT_INITIATED_DISCONNECT`)
  })

  test('does not fill the memory', () => {
    const { follower, read } = following(10)
    for (let index = 0; index < 50; index += 1) {
      read(...connects(`x${index}`, `10.0.0.7:${index}`))
      read(`New connection from 10.0.0.8:${index} on port 1883.`)
      read(`Received PUBLISH from x${index} (d0, q1, r0, m5, 't', ... (1 bytes))`)
      read(`Client x${index} already connected, closing old connection.`)
    }
    const { sessions, accepted, ghosts, resends } = follower
    for (const each of [sessions, accepted, ghosts, resends.sent, resends.mayComeAgain]) {
      expect(each.size).toBeLessThanOrEqual(10)
    }
  })
})

describe('the broker', () => {
  test('ends every connection when it ends, and when it starts anew', () => {
    const { told, read } = following()
    read(...connects('x'), ...connects('y'), 'mosquitto version 2.0.11 terminating')
    expect(told.slice(2)).toEqual([
      'x gone: SERVER_INITIATED_DISCONNECT',
      'y gone: SERVER_INITIATED_DISCONNECT',
      'sessions lost',
      'broker',
    ])
    read('mosquitto version 2.0.11 starting', ...connects('x'))
    read('mosquitto version 2.0.11 starting')
    expect(told.slice(-3)).toEqual(['x gone: SERVER_ERROR', 'sessions lost', 'broker'])
  })

  test('is followed from the middle: a session that began before still ends', () => {
    const { told, read } = following()
    read(
      'Client x has exceeded timeout, disconnecting.',
      'Socket error on client x, disconnecting.',
    )
    expect(told).toEqual(['x gone: MQTT_KEEP_ALIVE_TIMEOUT'])
  })

  test('whose sessions were learned from the past introduces them', () => {
    const { told, follower, read } = following()
    read(...connects('x', '10.0.0.7:1', 'pump-1'))
    introduceSessions(follower, 0)
    expect(told.at(-1)).toBe('x is pump-1')
  })
})

test('a line that begins like one of Mosquitto’s and goes on like none is counted', () => {
  const { refused, read } = following()
  read('Received PUBLISH from x', 'Config loaded from conf.')
  expect(refused).toEqual(['malformed'])
})
