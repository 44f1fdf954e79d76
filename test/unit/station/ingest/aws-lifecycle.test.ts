import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  readLifecycleEvent,
  type ConnectionEvent,
} from '../../../../src/station/ingest/aws-lifecycle-events.ts'
import {
  addEvent,
  createLifecycleOrder,
  lifecycleWaitMs,
  takeDue,
} from '../../../../src/station/ingest/aws-lifecycle-order.ts'

const startedAt = 1_573_002_230_757
const hourMs = 3_600_000

function event(
  eventType: 'connected' | 'disconnected',
  versionNumber: number,
  timestamp = startedAt,
) {
  const topic = `$aws/events/presence/${eventType}/186b5`
  const fields = { clientId: '186b5', eventType, versionNumber, timestamp }
  const read = readLifecycleEvent(topic, Buffer.from(JSON.stringify(fields)))
  if (read.eventType === 'connect_failed') throw new Error('it is another one')
  return read satisfies ConnectionEvent
}

const words = ({ eventType, versionNumber }: ConnectionEvent) => `${eventType} ${versionNumber}`

describe('a lifecycle event', () => {
  test('with a reason that AWS has added since is an end all the same', () => {
    const topic = '$aws/events/presence/disconnected/c'
    const fields = { clientId: 'c', eventType: 'disconnected', versionNumber: 1, timestamp: 1 }
    const payload = Buffer.from(JSON.stringify({ ...fields, disconnectReason: 'NEW_REASON' }))
    expect(readLifecycleEvent(topic, payload)).toMatchObject({ disconnectReason: 'UNKNOWN' })
  })
})

describe('the order of lifecycle events', () => {
  test('is that of their versions, whatever order they come in within the wait', () => {
    const all = [3, 4, 9].flatMap((version) => [
      event('connected', version, startedAt + version),
      event('disconnected', version, startedAt + version),
    ])
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 6 }), fc.nat(3), (shuffled, doubles) => {
        const order = createLifecycleOrder(100)
        const told = [...shuffled, ...shuffled.slice(0, doubles)]
        const admissions = told.map((each, index) => addEvent(order, each, index))
        expect(admissions.filter((each) => each === 'duplicate')).toHaveLength(doubles)
        expect(takeDue(order, lifecycleWaitMs - 1)).toEqual([])
        const due = takeDue(order, lifecycleWaitMs + 10)
        expect(due.map((each) => words(each.event))).toEqual(all.map(words))
        expect(due.map(({ at }) => at)).toEqual(due.map(({ at }) => at).sort((a, b) => a - b))
        expect(order.held).toBe(0)
      }),
    )
  })

  test('lets go what has waited, with what belongs before it, and keeps the rest', () => {
    const order = createLifecycleOrder(10)
    addEvent(order, event('connected', 2), 0)
    addEvent(order, event('disconnected', 1), 4000)
    addEvent(order, event('disconnected', 2), 4001)
    expect(takeDue(order, lifecycleWaitMs).map((each) => words(each.event))).toEqual([
      'disconnected 1',
      'connected 2',
    ])
    expect(order.held).toBe(1)
  })

  test('gives both events of a connection one key, and another to each other connection', () => {
    const order = createLifecycleOrder(10)
    const told = [
      event('connected', 0, startedAt),
      event('disconnected', 0, startedAt + 5 * hourMs),
      event('connected', 0, startedAt + 7 * hourMs),
      event('disconnected', 0, startedAt + 7 * hourMs + 1),
      event('connected', 4, startedAt + 7 * hourMs + 2),
      event('connected', 0, startedAt + 9 * hourMs),
    ]
    const keys = told.map((each, index) => {
      addEvent(order, each, index)
      return takeDue(order, Infinity)[0]?.key
    })
    const [first, firstEnd, second, secondEnd, third, fourth] = keys
    expect(first).toBe(firstEnd)
    expect(second).toBe(secondEnd)
    expect(new Set([first, second, third, fourth]).size).toBe(4)
  })

  test('has room for so many events, and forgets client ids that have none waiting', () => {
    const order = createLifecycleOrder(3)
    for (let index = 0; index < 50; index += 1) {
      const clientId = `c${index}`
      const admission = addEvent(order, { ...event('connected', 0), clientId }, 0)
      expect(admission).toBe(order.held < 3 || index < 3 ? 'new' : 'full')
      expect(order.clients.size).toBeLessThanOrEqual(3)
    }
    expect(takeDue(order, Infinity)).toHaveLength(3)
    addEvent(order, { ...event('connected', 0), clientId: 'later' }, 0)
    expect([...order.clients.keys()]).toContain('later')
    expect(order.clients.size).toBe(3)
  })
})
