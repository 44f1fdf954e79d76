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
  saidByTopic,
  type Level,
} from './capabilities.ts'
import { disjointFilters, parseDeviceTopic, type DeviceTopic } from './device-topic.ts'
import { createNaming } from './identity.ts'
import { takeReport } from './mqtt-link-reports.ts'
import { MqttLink, type LinkMessage } from './mqtt-link.ts'
import type { DisconnectReason } from './presence.ts'
import { reportTopicFilters } from './report-topic.ts'
import type { Source, SourceContext, SourceFacts } from './source.ts'
import { sessionNumberOf } from './sparkplug-payload.ts'
import { createSparkplugPresence, forgetSparkplug, noteSparkplug } from './sparkplug-presence.ts'
import { parseSparkplugTopic, sparkplugFilters, type SparkplugTopic } from './sparkplug-topic.ts'
import { createStatusTopics, forgetStatuses, statusOf } from './device-topic-status.ts'

/** Topics whose device is remembered, so that a message costs one look-up. Cleared when full. */
const rememberedTopics = 50_000

/** Longer topics are looked at anew each time: memory stays bounded whatever they are. */
const longestTopic = 512

/** Edge nodes, and devices, whose births and deaths are remembered. */
const rememberedNodes = 50_000

const countedMetrics = new Set(['aws:num-messages-sent', 'aws:message-byte-size'])
const presenceMetrics = new Set(['aws:num-connection-attempts', 'aws:num-disconnects'])

/**
 * Watches any broker as a client: takes reports, counts messages whose topic names the device, and takes births,
 * deaths and status messages for what they say of a device's presence.
 */
export class MqttSource implements Source {
  readonly id: string
  readonly #settings: MqttSettings
  readonly #context: SourceContext
  readonly #link: MqttLink
  readonly #deviceTopics: DeviceTopic[]
  readonly #names = new Map<string, string | null>()
  readonly #sparkplug = createSparkplugPresence(rememberedNodes)
  readonly #statuses: ReturnType<typeof createStatusTopics>
  readonly #nameOf: (name: string) => string

  constructor(settings: MqttSettings, context: SourceContext) {
    this.id = settings.id
    this.#settings = settings
    this.#context = context
    this.#deviceTopics = settings.deviceTopics.map(parseDeviceTopic)
    this.#statuses = createStatusTopics(settings.statusTopics, rememberedNodes)
    this.#nameOf = renaming(settings)
    this.#link = new MqttLink(settings, context, {
      filters: mqttFilters(settings),
      take: (message) => this.#take(message),
      lost: () => this.#lost(),
    })
  }

  start(): Promise<void> {
    if (seesPresence(this.#settings))
      this.#context.observations.measures(['messagesSent', 'connectionAttempts', 'disconnects'])
    return this.#link.start()
  }

  recheck(): void {
    this.#link.recheck()
  }

  stop(): Promise<void> {
    return this.#link.stop()
  }

  drain(): Sample[] {
    return this.#context.observations.drain(this.#context.clock.now())
  }

  facts(): SourceFacts {
    const capabilities = capabilitiesOf((metric) => mqttLevelOf(metric, this.#settings))
    return { kind: 'mqtt', ...this.#link.facts(), capabilities }
  }

  /** Births and deaths may be missed from now on. */
  #lost(): void {
    forgetSparkplug(this.#sparkplug)
    forgetStatuses(this.#statuses)
    this.#context.observations.sessionsLost()
  }

  #take(message: LinkMessage): void | Promise<void> {
    if (this.#settings.reports) {
      const hasRoom = takeReport(this.#context, message, (topic, payload) =>
        this.#link.publish(topic, payload),
      )
      if (hasRoom) return hasRoom
    }
    if (!message.isRetained) this.#count(message)
  }

  #count(message: LinkMessage): void {
    const { topic, payload } = message
    const at = this.#context.clock.now()
    const sparkplug = this.#settings.sparkplug ? parseSparkplugTopic(topic) : null
    if (sparkplug) return this.#countSparkplug(sparkplug, payload, at)
    const name = this.#deviceOf(topic)
    if (name !== null) this.#context.observations.sentBy(name, at, payload.length)
    const status = statusOf(this.#statuses, topic, payload)
    if (status) this.#tell(this.#nameOf(status.device), status.isAlive, at)
  }

  /** A death is a will, sent by the broker; everything else its edge node sent, for the device it names. */
  #countSparkplug(topic: SparkplugTopic, payload: Uint8Array, at: number): void {
    const { kind, node, device } = topic
    const name = this.#nameOf(device ?? node)
    if (kind !== 'NDEATH' && kind !== 'DDEATH') {
      this.#context.observations.sentBy(name, at, payload.length)
    }
    // Cannot name a device, and is not remembered.
    if (name.length > longestTopic) return
    const isNodePresence = kind === 'NBIRTH' || kind === 'NDEATH'
    const session = isNodePresence ? sessionNumberOf(payload) : null
    noteSparkplug(
      this.#sparkplug,
      { ...topic, session, at },
      {
        alive: (name) => this.#tell(this.#nameOf(name), true, at),
        dead: (name) => this.#tell(this.#nameOf(name), false, at),
      },
    )
  }

  #tell(name: string, isAlive: boolean, at: number): void {
    const { observations } = this.#context
    // Neither a will nor a message says how the connection ended.
    const reason: DisconnectReason = 'UNKNOWN'
    if (isAlive) observations.alive(name, at)
    else observations.dead(name, at, reason)
  }

  #deviceOf(topic: string): string | null {
    const known = this.#names.get(topic)
    if (known !== undefined) return known
    const found = this.#findDevice(topic)
    if (topic.length > longestTopic) return found
    if (this.#names.size >= rememberedTopics) this.#names.clear()
    this.#names.set(topic, found)
    return found
  }

  #findDevice(topic: string): string | null {
    for (const { deviceOf } of this.#deviceTopics) {
      const name = deviceOf(topic)
      if (name !== null) return this.#nameOf(name)
    }
    return null
  }
}

/** What a source subscribes to. */
export function mqttFilters(settings: MqttWatching): string[] {
  const { reports, sparkplug, deviceTopics, statusTopics } = settings
  return disjointFilters([
    ...(reports ? reportTopicFilters : []),
    ...(sparkplug ? sparkplugFilters : []),
    ...deviceTopics.map((topic) => parseDeviceTopic(topic).filter),
    ...statusTopics.map(({ topic }) => parseDeviceTopic(topic).filter),
  ])
}

/** What a subscriber with these settings can say of a metric. */
export function mqttLevelOf({ id, origin }: Metric, settings: MqttWatching): Level {
  const { reports, sparkplug, deviceTopics } = settings
  if (origin !== 'broker') return reports ? inReports : reportsNotTaken
  if (presenceMetrics.has(id)) return seesPresence(settings) ? saidByTopic : hiddenFromSubscribers
  if (!countedMetrics.has(id)) return hiddenFromSubscribers
  return sparkplug || deviceTopics.length > 0 ? countedByTopic : noTopicNamesDevice
}

type MqttWatching = Pick<MqttSettings, 'reports' | 'sparkplug' | 'deviceTopics' | 'statusTopics'>

function seesPresence({ sparkplug, statusTopics }: MqttWatching): boolean {
  return sparkplug || statusTopics.length > 0
}

/** A topic gives one name alone, so the rule has nothing to choose from. */
function renaming({ deviceNames }: MqttSettings): (name: string) => string {
  const nameOf = createNaming({ identity: ['clientId'], deviceNames })
  const nobody = { username: null, certificateName: null, address: null }
  return (name) => nameOf({ ...nobody, clientId: name }) ?? name
}
