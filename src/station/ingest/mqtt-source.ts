import { readFile } from 'node:fs/promises'
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import { deviceId as deviceIdSchema, type DeviceId } from '../../contract/model/device.ts'
import type { Metric } from '../../contract/model/metric.ts'
import type { Sample } from '../datapoint.ts'
import type { MqttSettings } from '../settings.ts'
import {
  capabilitiesOf,
  countedByTopic,
  hiddenFromSubscribers,
  inReports,
  noTopicNamesDevice,
  reportsNotTaken,
} from './capabilities.ts'
import { parseDeviceTopic, type DeviceTopic } from './device-topic.ts'
import { countSent, createMeters, drainMeters } from './meters.ts'
import { parseReportTopic, reportTopicFilters } from './report-topic.ts'
import type { Source, SourceContext, SourceFacts } from './source.ts'

/** Topics whose device is remembered, so that a message costs one look-up. Cleared when full. */
const rememberedTopics = 50_000

const firstRetryMs = 500
const longestRetryMs = 30_000

const countedTopics = new Set(['aws:num-messages-sent', 'aws:message-byte-size'])

/** Watches any broker as a client: takes reports, and counts messages whose topic names the device. */
export class MqttSource implements Source {
  readonly id: string
  readonly #settings: MqttSettings
  readonly #context: SourceContext
  readonly #deviceTopics: DeviceTopic[]
  readonly #meters = createMeters({ seesConnections: false })
  readonly #devices = new Map<string, DeviceId | null>()
  #client: MqttClient | null = null
  #retryMs = firstRetryMs
  #lastError: string | null = null
  #messages = 0
  #lastMessageAt: number | null = null

  constructor(settings: MqttSettings, context: SourceContext) {
    this.id = settings.id
    this.#settings = settings
    this.#context = context
    this.#deviceTopics = settings.deviceTopics.map(parseDeviceTopic)
  }

  async start(): Promise<void> {
    const { url } = this.#settings
    this.#context.changed('connecting', `Connecting to ${url}.`)
    const options = await this.#options()
    const client = connect(url, { ...options, manualConnect: true })
    this.#client = client
    client.handleMessage = (packet, done) => this.#take(packet, done)
    client.on('connect', () => void this.#connected(client))
    client.on('close', () => this.#lost(client))
    client.on('error', (error) => this.#failed(error))
    client.connect()
  }

  async stop(): Promise<void> {
    await this.#client?.endAsync(true)
    this.#client = null
    this.#context.changed('stopped', 'Stopped with the station.')
  }

  drain(): Sample[] {
    return drainMeters(this.#meters, this.#context.clock.now())
  }

  facts(): SourceFacts {
    return {
      kind: 'mqtt',
      address: this.#settings.url,
      messages: this.#messages,
      lastMessageAt: this.#lastMessageAt,
      capabilities: capabilitiesOf((metric) => this.#levelOf(metric)),
    }
  }

  async #options(): Promise<IClientOptions> {
    const { username, passwordFile, ca, cert, key, clientId } = this.#settings
    const file = async (path: string | undefined) => (path ? await readFile(path) : undefined)
    const [password, authority, certificate, privateKey] = await Promise.all(
      [passwordFile, ca, cert, key].map(file),
    )
    return {
      reconnectPeriod: firstRetryMs,
      // Without this MQTT.js gives up for ever after one refused login.
      reconnectOnConnackError: true,
      queueQoSZero: false,
      clean: true,
      rejectUnauthorized: true,
      clientId: clientId ?? `picket-${Math.random().toString(16).slice(2, 10)}`,
      ...(username === undefined ? {} : { username }),
      ...(password ? { password: password.toString('utf8').trimEnd() } : {}),
      ...(authority ? { ca: authority } : {}),
      ...(certificate ? { cert: certificate } : {}),
      ...(privateKey ? { key: privateKey } : {}),
    }
  }

  async #connected(client: MqttClient): Promise<void> {
    this.#retryMs = firstRetryMs
    this.#lastError = null
    client.options.reconnectPeriod = this.#retryMs
    const reports = this.#settings.reports ? reportTopicFilters : []
    const filters = [...reports, ...this.#deviceTopics.map(({ filter }) => filter)]
    try {
      // QoS 0 loses least: with QoS 1 a broker's in-flight window overflows under load.
      const granted = await client.subscribeAsync(filters, { qos: 0 })
      const refused = granted.filter(({ qos }) => qos === 128).map(({ topic }) => topic)
      this.#context.changed('connected', sentenceOfGrants(refused))
    } catch (error) {
      this.#context.changed('connected', `Connected, but may not subscribe: ${String(error)}.`)
    }
  }

  #lost(client: MqttClient): void {
    const { url } = this.#settings
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
    client.options.reconnectPeriod = this.#retryMs
    const reason = this.#lastError ? ` (${this.#lastError})` : ''
    this.#context.changed(
      'disconnected',
      `No connection to ${url}${reason}. Nothing it carries is seen. Picket goes on trying.`,
    )
  }

  /** `close` follows and tells; the reason is only known here. */
  #failed(error: Error): void {
    this.#lastError = error.message
    this.#context.log.warn(
      { source: this.id, error: error.message },
      'The broker cannot be reached',
    )
  }

  /** MQTT.js reads nothing more until `done` is called: the whole back-pressure there is. */
  #take(packet: IPublishPacket, done: () => void): void {
    // A retained message was published at some earlier time, which nobody knows.
    if (packet.retain) return done()
    this.#messages += 1
    const now = this.#context.clock.now()
    this.#lastMessageAt = now
    const topic = parseReportTopic(packet.topic)
    if (!topic) {
      const deviceId = this.#deviceOf(packet.topic)
      if (deviceId) countSent(this.#meters, deviceId, { bytes: packet.payload.length, at: now })
      return done()
    }
    this.#context.desk.receive({
      sourceId: this.id,
      topic,
      payload: Buffer.from(packet.payload),
      isSenderAllowed: null,
      answer: (to, payload) => void this.#client?.publish(to, Buffer.from(payload), { qos: 0 }),
    })
    void this.#context.desk.hasRoom().then(done)
  }

  #deviceOf(topic: string): DeviceId | null {
    const known = this.#devices.get(topic)
    if (known !== undefined) return known
    if (this.#devices.size >= rememberedTopics) this.#devices.clear()
    const found = this.#findDevice(topic)
    this.#devices.set(topic, found)
    return found
  }

  #findDevice(topic: string): DeviceId | null {
    for (const { deviceOf } of this.#deviceTopics) {
      const name = deviceOf(topic)
      if (name === null) continue
      const parsed = deviceIdSchema.safeParse(name)
      if (parsed.success) return parsed.data
      const detail = 'a topic names a device that is not 1-128 printable bytes'
      this.#context.refused({ deviceId: null, reason: 'bad-device-name', detail })
    }
    return null
  }

  #levelOf({ id, origin }: Metric) {
    if (origin !== 'broker') return this.#settings.reports ? inReports : reportsNotTaken
    if (!countedTopics.has(id)) return hiddenFromSubscribers
    return this.#deviceTopics.length > 0 ? countedByTopic : noTopicNamesDevice
  }
}

function sentenceOfGrants(refused: readonly string[]): string {
  if (refused.length === 0) return 'Connected and watching.'
  return `Connected, but the broker does not let Picket read ${refused.join(', ')}. Allow it in the broker's access list.`
}
