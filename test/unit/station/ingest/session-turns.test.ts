import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { usualIdentity } from '../../../../src/station/ingest/identity.ts'
import { WatchedObservations } from '../../../../src/station/ingest/observations.ts'
import type { DisconnectReason } from '../../../../src/station/ingest/presence.ts'
import {
  createSessionTurns,
  forgetTurns,
  turnBegan,
  turnEnded,
} from '../../../../src/station/ingest/session-turns.ts'

const at = 6_000_000 * 300_000
const clientId = 'pump-1'
const party = { clientId, username: null, certificateName: null, address: null }

interface Told {
  isEnd: boolean
  connection: number
  reason: DisconnectReason
}

/** How one connection of a client id goes, and how the broker tells of it. */
const connection = fc.record({
  isTakenOver: fc.boolean(),
  /** How often the broker tells of its begin, and of its end. */
  begins: fc.integer({ min: 1, max: 2 }),
  ends: fc.integer({ min: 0, max: 2 }),
  /** The end of a connection that was taken over is told after the new one began. */
  isLate: fc.boolean(),
})
type Connection = typeof connection extends fc.Arbitrary<infer Value> ? Value : never

/** What a broker tells of these connections of one client id, one after the other. */
function tellingsOf(connections: readonly Connection[]): Told[] {
  const told: Told[] = []
  let owed: Told[] = []
  connections.forEach(({ isTakenOver, begins, ends, isLate }, index) => {
    const begin = { isEnd: false, connection: index, reason: 'UNKNOWN' } as const
    told.push(...Array<Told>(begins).fill(begin), ...owed)
    const reason = isTakenOver ? 'DUPLICATE_CLIENTID' : 'CONNECTION_LOST'
    const end = { isEnd: true, connection: index, reason } as const
    // A broker may keep quiet of a session that was taken over, not of any other end.
    const times = isTakenOver ? ends : Math.max(1, ends)
    const isHeldBack = isTakenOver && isLate
    owed = isHeldBack ? Array<Told>(times).fill(end) : []
    if (!isHeldBack) told.push(...Array<Told>(times).fill(end))
  })
  return told
}

function countedOf(told: readonly Told[], hasKeys: boolean) {
  const observations = new WatchedObservations({
    ...usualIdentity,
    seesConnections: true,
    ownClients: new Set(),
    isKnown: () => true,
    refused: () => undefined,
    presence: (_, presence) => void (isConnected = presence.isConnected),
    most: 10,
  })
  let isConnected: boolean | null = false
  const turns = createSessionTurns(10)
  for (const { isEnd, connection: index, reason } of told) {
    const key = hasKeys ? index : null
    const endKey = hasKeys ? index : null
    if (isEnd) turnEnded(turns, { clientId, key, endKey, at, reason }, observations)
    else turnBegan(turns, { party, key, at }, observations)
  }
  const samples = observations.drain(at)
  const sum = (metric: string) =>
    samples.find(({ metricId }) => metricId === metric)?.measure.sum ?? 0
  return {
    attempts: sum('aws:num-connection-attempts'),
    disconnects: sum('aws:num-disconnects'),
    isConnected,
  }
}

describe('connections of one client id', () => {
  test('and their ends are counted once each, however often, late or never the broker tells of them', () => {
    fc.assert(
      fc.property(fc.array(connection, { minLength: 1, maxLength: 6 }), (connections) => {
        // The last one goes on: whether it is there at the end must be known too.
        const last = { isTakenOver: true, begins: 1, ends: 0, isLate: false }
        expect(countedOf(tellingsOf([...connections, last]), true)).toEqual({
          attempts: connections.length + 1,
          disconnects: connections.length,
          isConnected: true,
        })
      }),
    )
  })

  test('are counted right too where the broker does not say which one ended, but tells of each once', () => {
    const once = fc.record({ isTakenOver: fc.boolean(), isLate: fc.boolean() })
    fc.assert(
      fc.property(fc.array(once, { minLength: 1, maxLength: 6 }), (connections) => {
        const told = tellingsOf(connections.map((each) => ({ ...each, begins: 1, ends: 1 })))
        const last = { isEnd: false, connection: 99, reason: 'UNKNOWN' } as const
        const { attempts, disconnects } = countedOf([...told, last], false)
        expect({ attempts, disconnects }).toEqual({
          attempts: connections.length + 1,
          disconnects: connections.length,
        })
      }),
    )
  })

  test('of one that began before Picket did, the end is counted, and the one that took over goes on', () => {
    const end = { isEnd: true, connection: 1, reason: 'DUPLICATE_CLIENTID' } as const
    const told: Told[] = [{ isEnd: false, connection: 2, reason: 'UNKNOWN' }, end, end]
    expect(countedOf(told, true)).toEqual({ attempts: 1, disconnects: 1, isConnected: true })
  })

  test('of which only the end was seen, once or twice, it is counted once', () => {
    const end = { isEnd: true, connection: 1, reason: 'CONNECTION_LOST' } as const
    expect(countedOf([end, end], true)).toEqual({
      attempts: 0,
      disconnects: 1,
      isConnected: false,
    })
  })

  test('are forgotten from the oldest on where there are too many, and all at once when told to', () => {
    const turns = createSessionTurns(3)
    const nobody = new WatchedObservations({
      ...usualIdentity,
      seesConnections: true,
      ownClients: new Set(),
      isKnown: () => true,
      refused: () => undefined,
      presence: () => undefined,
      most: 3,
    })
    for (const name of ['a', 'b', 'c', 'a', 'd']) {
      turnBegan(turns, { party: { ...party, clientId: name }, key: null, at }, nobody)
    }
    expect([...turns.byClient.keys()]).toEqual(['c', 'a', 'd'])
    forgetTurns(turns)
    expect(turns.byClient.size).toBe(0)
  })
})
