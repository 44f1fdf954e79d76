import { describe, expect, test } from 'vitest'
import type { Sample } from '../../../../src/station/datapoint.ts'
import { slotMs } from '../../../../src/contract/model/time.ts'
import { LogWatch } from '../../../../src/station/ingest/mosquitto-log-watch.ts'
import type { Source } from '../../../../src/station/ingest/source.ts'
import { watchedSource } from '../../../support/watched-source.ts'

const slot = 5_966_666
const start = slot * slotMs

/** A log watch with a clock that a test sets; it stands for a source that never reads anything itself. */
function watching() {
  let now = start
  let watch: LogWatch | null = null
  const create = (context: ConstructorParameters<typeof LogWatch>[0]): Source => {
    const made = new LogWatch(context, 'the log')
    watch = made
    const none = () => Promise.resolve()
    return {
      id: 'test',
      start: none,
      stop: none,
      drain: () => made.drain(),
      facts: () => ({
        kind: 'mosquitto-log',
        address: '',
        messages: made.lines,
        lastMessageAt: made.lastLineAt,
        capabilities: made.capabilities(),
      }),
    }
  }
  const watched = watchedSource(create, { now: () => now })
  if (!watch) throw new Error('it was not made')
  const log: LogWatch = watch
  return {
    watched,
    log,
    read: (...lines: string[]) => {
      for (const line of lines) log.take(`${Math.floor(now / 1000)}: ${line}`)
    },
    pass: (ms: number) => void (now += ms),
    last: () => watched.states.at(-1),
    levels: () =>
      Object.fromEntries(
        log.capabilities().map(({ metricId, level }) => [metricId.replace('aws:num-', ''), level]),
      ),
  }
}

const connect = "New client connected from 10.0.0.7:1 as c1 (p2, c1, k60, u'pump-1')."
const message = "Received PUBLISH from c1 (d0, q0, r0, m0, 't', ... (5 bytes))"

function zerosOf(samples: readonly Sample[]): Set<string> {
  return new Set(
    samples.filter(({ measure }) => measure.count === 0).map(({ metricId }) => metricId),
  )
}

describe('a log of Mosquitto', () => {
  test('that shows no messages says so, and has no zeros of them', () => {
    const { watched, log, read, pass, last, levels } = watching()
    log.goLive()
    read(connect)
    pass(slotMs)
    watched.devices()
    expect(last()).toMatchObject({ state: 'connected' })
    expect(last()?.sentence).toContain('set `log_type all`')
    expect(zerosOf(watched.samples)).toEqual(
      new Set(['aws:num-connection-attempts', 'aws:num-disconnects']),
    )
    expect(levels()).toMatchObject({
      disconnects: 'observed',
      'messages-sent': 'not-measurable',
      'authorization-failures': 'not-measurable',
    })
  })

  test('has zeros of what it does show, for who is connected', () => {
    const { watched, log, read, pass, last, levels } = watching()
    log.goLive()
    read('mosquitto version 2.1.2 starting', connect, message)
    for (let minute = 0; minute < 10; minute += 1) {
      pass(60_000)
      read('Received PINGREQ from c1')
      watched.devices()
    }
    expect(last()).toEqual({ state: 'connected', sentence: 'Reading the log.' })
    expect(zerosOf(watched.samples)).toContain('aws:num-messages-sent')
    // No grant of a subscription was seen yet.
    expect(levels()).toMatchObject({
      'messages-sent': 'observed',
      'connection-attempts': 'observed',
      'authorization-failures': 'partial',
    })
  })

  test('that falls silent although clients must be heard of is a gap, until the next line', () => {
    const { watched, log, read, pass, last } = watching()
    log.goLive()
    read('Sending CONNACK to c1 (0, 0)', connect)
    pass(140_000)
    watched.devices()
    expect(last()?.state).toBe('connected')
    pass(20_000)
    watched.devices()
    expect(last()).toMatchObject({
      state: 'disconnected',
      sentence: expect.stringContaining('Nothing new in the log'),
    })
    const before = watched.samples.length
    pass(2 * slotMs)
    watched.devices()
    const later = watched.samples.slice(before).filter(({ at }) => at > start)
    expect(later.filter(({ isPartial }) => !isPartial)).toEqual([])
    read('Received PINGREQ from c1')
    watched.devices()
    expect(last()?.state).toBe('connected')
  })

  test('may be silent where no client has a keepalive', () => {
    const { watched, log, read, pass, last } = watching()
    log.goLive()
    read('Sending CONNACK to c1 (0, 0)', connect.replace('k60', 'k0'))
    pass(slotMs)
    watched.devices()
    expect(last()?.state).toBe('connected')
  })

  test('of the past is learned from without being counted, and its last word on the broker stands', () => {
    const { watched, log, read, last } = watching()
    log.begin('learning')
    read(connect, message, 'Received PUBLISH from x')
    log.goLive()
    expect(watched.counted('pump-1')).toMatchObject({ attempts: 0, sent: 0 })
    expect(watched.refused).toEqual([])
    read(message)
    expect(watched.counted('pump-1').sent).toBe(1)
    const ended = watching()
    ended.log.begin('learning')
    ended.read(connect, 'mosquitto version 2.0.11 terminating')
    ended.log.goLive()
    expect(ended.last()?.sentence).toContain('The broker has ended')
    expect(last()?.state).toBe('connected')
  })

  test('that was written while Picket was away counts at its own times, in order', () => {
    const { watched, log, pass } = watching()
    log.begin('catching-up')
    pass(10 * slotMs)
    const at = (slots: number) => (start + slots * slotMs) / 1000
    log.take(`${at(1)}: ${connect}`)
    log.take(`${at(2)}: ${message}`)
    // A clock that was set back, one that is ahead, and none.
    log.take(`${at(1)}: ${message}`)
    log.take(`${at(99)}: ${message}`)
    log.take(message)
    log.goLive()
    watched.devices()
    const sent = watched.samples.filter(
      ({ metricId, measure }) => metricId === 'aws:num-messages-sent' && measure.count > 0,
    )
    const slots = sent.map(({ at, measure }) => [at / slotMs - slot, measure.sum])
    expect(slots).toEqual([
      [2, 2],
      [10, 2],
    ])
  })
})
