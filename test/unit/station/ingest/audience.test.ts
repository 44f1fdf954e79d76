import { describe, expect, test } from 'vitest'
import { deviceId } from '../../../../src/contract/model/device.ts'
import { isSubscribed } from '../../../../src/station/ingest/device-topic.ts'
import { audienceIn } from '../../../../src/station/ingest/mosquitto-audience.ts'
import { followLine } from '../../../../src/station/ingest/mosquitto-follower.ts'
import { createFollower, unheard } from '../../../../src/station/ingest/mosquitto-log-state.ts'
import { createPublishedTopics } from '../../../../src/station/ingest/published-topics.ts'

describe('a subscription', () => {
  test.each([
    ['site/pump/t', 'site/pump/t'],
    ['site/+/t', 'site/pump/t'],
    ['site/#', 'site/pump/t'],
    ['site/pump/#', 'site/pump'],
    ['#', 'site/pump/t'],
    ['+/+/+', 'site//t'],
    ['$SYS/#', '$SYS/broker/uptime'],
    ['$share/group/site/+/t', 'site/pump/t'],
  ])('to %s gets what is published on %s', (filter, topic) => {
    expect(isSubscribed(filter, topic)).toBe(true)
  })

  test.each([
    ['site/pump/t', 'site/pump/T'],
    ['site/+', 'site/pump/t'],
    ['site/+/t', 'site/pump'],
    ['site/pump/#', 'site/pumps'],
    ['#', '$SYS/broker/uptime'],
    ['+/broker/uptime', '$SYS/broker/uptime'],
    ['$share/group/other/#', 'site/pump/t'],
  ])('to %s does not get what is published on %s', (filter, topic) => {
    expect(isSubscribed(filter, topic)).toBe(false)
  })
})

describe('published topics', () => {
  test('are remembered for the devices and topics that were used last', () => {
    const topics = createPublishedTopics(2)
    for (let count = 0; count < 100; count += 1) topics.note('one', `t/${count}`)
    expect(topics.of('one')?.size).toBe(64)
    expect(topics.of('one')).toContain('t/99')
    expect(topics.of('one')).not.toContain('t/0')
    topics.note('two', 'a')
    topics.note('one', 'b')
    topics.note('three', 'a')
    expect([topics.of('one') === null, topics.of('two')]).toEqual([false, null])
  })

  test('that are longer than a device would use take no room', () => {
    const topics = createPublishedTopics(2)
    topics.note('one', 'x'.repeat(60_000))
    expect(topics.of('one')).toBeNull()
  })
})

describe('who listens, by the log of a Mosquitto', () => {
  const device = { deviceId: deviceId.parse('pump-1'), clientIds: ['pump-1'] }

  function following() {
    const nothing = () => undefined
    const ports = {
      observations: unheard,
      refused: nothing,
      told: nothing,
      evidenceChanged: nothing,
    }
    const follower = createFollower(ports, 100)
    const read = (...lines: string[]) => {
      for (const line of lines) followLine(follower, `1795335361: ${line}`, 1_795_335_361_000)
    }
    return { read, losers: () => audienceIn(follower.audience, device) }
  }

  function connects(clientId: string, isClean = true): string {
    return `New client connected from 10.0.0.7:4000 as ${clientId} (p2, c${isClean ? 1 : 0}, k60).`
  }

  function subscribes(clientId: string, filter: string, isGranted = true): string[] {
    const granted = isGranted ? [`${clientId} 0 ${filter}`] : []
    const end = `Sending SUBACK to ${clientId}`
    return [`Received SUBSCRIBE from ${clientId}`, `\t${filter} (QoS 0)`, ...granted, end]
  }

  function unsubscribes(clientId: string, filter: string): string[] {
    const end = `Sending UNSUBACK to ${clientId}`
    return [`Received UNSUBSCRIBE from ${clientId}`, `\t${filter}`, `${clientId} ${filter}`, end]
  }

  const publishes = (topic: string) =>
    `Received PUBLISH from pump-1 (d0, q0, r0, m0, '${topic}', ... (11 bytes))`

  test('is who was granted a filter that matches, and has not left it', () => {
    const { read, losers } = following()
    expect(losers()).toBeNull()
    read(connects('historian'), ...subscribes('historian', 'site/+/t'))
    read(connects('panel'), ...subscribes('panel', 'site/#'), ...subscribes('panel', 'other/#'))
    read(connects('denied'), ...subscribes('denied', 'site/#', false))
    expect(losers()).toBeNull()
    read(connects('pump-1'), publishes('site/pump-1/t'))
    expect(losers()).toEqual([
      { client: 'historian', filter: 'site/+/t' },
      { client: 'panel', filter: 'site/#' },
    ])
    read(...unsubscribes('panel', 'site/#'))
    expect(losers()).toEqual([{ client: 'historian', filter: 'site/+/t' }])
  })

  test('keeps its subscriptions over a reconnect only where its session is kept', () => {
    const { read, losers } = following()
    read(publishes("it's (9 bytes)/t"))
    read(connects('kept', false), ...subscribes('kept', '#'), connects('kept', false))
    read(connects('clean'), ...subscribes('clean', '#'), connects('clean'))
    expect(losers()).toEqual([{ client: 'kept', filter: '#' }])
    read('mosquitto version 2.0.11 starting')
    expect(losers()).toEqual([])
  })
})
