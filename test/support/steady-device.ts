import { setTimeout as pause } from 'node:timers/promises'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { expect } from 'vitest'
import { until } from './poll.ts'

/** A device that publishes on and on, and comes back whenever it is thrown out or refused. */
export interface SteadyDevice {
  client: MqttClient
  topics: readonly string[]
  /** Publishes that the broker denied, and connections that it refused. */
  refused(): number
  /** Connections that it had so far. */
  connections(): number
  end(): Promise<void>
}

const paceMs = 5

/** `topics`: each is published on in turn. Speaks MQTT 5, for then a denied publish is told. */
export function startSteadyDevice(
  url: string,
  topics: readonly string[],
  options: IClientOptions,
): SteadyDevice {
  let refused = 0
  let connections = 0
  let isOver = false
  const client = connect(url, {
    protocolVersion: 5,
    reconnectPeriod: 20,
    reconnectOnConnackError: true,
    ...options,
  })
  client.on('connect', () => (connections += 1))
  client.on('error', (error) => (refused += 'code' in error && error.code === 135 ? 1 : 0))
  void publishOn()
  return {
    client,
    topics,
    refused: () => refused,
    connections: () => connections,
    async end() {
      isOver = true
      await client.endAsync(true)
    },
  }

  async function publishOn(): Promise<void> {
    while (!isOver) {
      for (const topic of topics) {
        await client.publishAsync(topic, 'x', { qos: 1 }).catch(() => (refused += 1))
      }
      await pause(paceMs)
    }
  }
}

/** Counts what a broker really delivers, by topic. */
export interface DeliveryObserver {
  client: MqttClient
  /** Deliveries on these topics so far. */
  counts(topics: readonly string[]): number[]
  /** All that the broker took before now has been counted. */
  hasCaughtUp(): Promise<void>
}

/** `markers`: a topic that the observer may publish on. */
export async function startObserver(
  client: MqttClient,
  filters: readonly string[],
  markers: string,
): Promise<DeliveryObserver> {
  const delivered = new Map<string, number>()
  const countOf = (topic: string) => delivered.get(topic) ?? 0
  client.on('message', (topic) => delivered.set(topic, countOf(topic) + 1))
  await client.subscribeAsync([...filters])
  return {
    client,
    counts: (topics) => topics.map(countOf),
    async hasCaughtUp() {
      const before = countOf(markers)
      await client.publishAsync(markers, 'all before this has come', { qos: 1 })
      await until('the marker has come', () => countOf(markers) > before)
    },
  }
}

/** The device goes on trying, is refused, and nothing of it is delivered. */
export async function expectSilence(
  observer: DeliveryObserver,
  device: SteadyDevice,
): Promise<void> {
  const refusals = device.refused()
  await observer.hasCaughtUp()
  const before = observer.counts(device.topics)
  const enough = refusals + 3 * device.topics.length
  await until('the device is refused again and again', () => device.refused() >= enough)
  await observer.hasCaughtUp()
  expect(observer.counts(device.topics)).toEqual(before)
}

/** What the device publishes is delivered, on each of its topics. */
export async function expectTraffic(
  observer: DeliveryObserver,
  device: SteadyDevice,
): Promise<void> {
  const before = observer.counts(device.topics)
  await until('all its topics are heard', () =>
    observer.counts(device.topics).every((count, index) => count > (before[index] ?? 0) + 1),
  )
}
