import { type IClientOptions, type MqttClient, connect } from 'mqtt'
import type { DeviceId } from '../contract/model/device.ts'
import type { Publish } from './timeline.ts'

/** One MQTT connection of the simulated site, kept up until it is stopped. */
export interface LiveClient {
  /** Sends now, or not at all where there is no connection: nothing is kept for later. */
  publish(message: Publish): void
  /** Disconnects as a client should, and connects again at once. */
  reconnect(): void
  stop(): Promise<void>
}

interface LiveClientOptions {
  brokerUrl: string
  /** Client id and user name. */
  id: DeviceId
  /** Subscribed to after each connect. */
  topics: string[]
  /** Real milliseconds between attempts to get a lost connection back. */
  retryMs: number
}

/** Starts connecting, and goes on trying whatever the broker answers. */
export function openLiveClient(options: LiveClientOptions): LiveClient {
  const client = connect(options.brokerUrl, connectOptions(options))
  let isStopped = false
  client.on('connect', () => {
    if (options.topics.length > 0) client.subscribe(options.topics)
  })
  // Refusals and lost connections are what the station is to notice; the client only tries again.
  client.on('error', () => {})
  return {
    publish: (message) => publishNow(client, message),
    reconnect: () => client.end(false, {}, () => isStopped || client.reconnect()),
    stop: () => {
      isStopped = true
      // A client without a connection would wait for answers that cannot come.
      return client.endAsync(!client.connected)
    },
  }
}

function connectOptions({ id, retryMs }: LiveClientOptions): IClientOptions {
  return {
    protocolVersion: 4,
    clientId: id,
    username: id,
    clean: true,
    keepalive: 60,
    reconnectPeriod: retryMs,
    reconnectOnConnackError: true,
    resubscribe: false,
    queueQoSZero: false,
  }
}

function publishNow(client: MqttClient, { topic, payload, qos }: Publish): void {
  if (!client.connected) return
  client.publish(topic, typeof payload === 'string' ? payload : Buffer.from(payload), { qos })
}
