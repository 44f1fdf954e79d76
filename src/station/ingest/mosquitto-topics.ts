import type { Metric } from '../../contract/model/metric.ts'
import type { Sample } from '../datapoint.ts'
import type { MosquittoTopicsSettings } from '../settings.ts'
import { capabilitiesOf, reportsNotTaken, type Level } from './capabilities.ts'
import {
  counterFilters,
  createBrokerCounters,
  takeCounter,
  type CounterNews,
} from './mosquitto-counters.ts'
import { followLine, settleFollower } from './mosquitto-follower.ts'
import { createFollower, type Follower, type FollowerPorts } from './mosquitto-log-state.ts'
import { MqttLink, type LinkMessage } from './mqtt-link.ts'
import type { Source, SourceContext, SourceFacts } from './source.ts'

const logFilter = '$SYS/broker/log/#'

/**
 * Notices, errors and the like. Lines of subscriptions come on a topic of their own and begin with a client's id,
 * which may look like anything: they are left alone. Debug lines are never published.
 */
const logTopics = new Set(['N', 'I', 'W', 'E'].map((level) => `$SYS/broker/log/${level}`))

/** Longer than any line of Mosquitto's. */
const longestLineBytes = 1024

const mostClients = 20_000

const unpublished: Level = {
  level: 'not-measurable',
  reason:
    'Mosquitto does not publish the debug lines that have it. Watch its log instead (kind: mosquitto-log).',
}

const accepted: Level = {
  level: 'partial',
  reason:
    'Accepted attempts are all counted. Who was refused is not published before Mosquitto 2.1: those are counted without a device.',
}

const nameless: Level = {
  level: 'partial',
  reason:
    'Only refused logins are published, and before Mosquitto 2.1 without a name: those are counted without a device. Denied publishes and subscriptions are not published.',
}

const published: Level = {
  level: 'observed',
  reason: 'Read from the log that the broker publishes.',
}

const levels: Record<string, Level> = {
  'aws:num-connection-attempts': accepted,
  'aws:num-disconnects': published,
  'aws:num-authorization-failures': nameless,
}

/** What a source subscribes to. */
export const topicsFilters: readonly string[] = [logFilter, ...counterFilters]

/** What Mosquitto publishes of a metric. */
export function topicsLevelOf({ id, origin }: Metric): Level {
  return origin === 'broker' ? (levels[id] ?? unpublished) : reportsNotTaken
}

/** Watches a Mosquitto through what it publishes of its own log: connections, their ends, refused logins. */
export class MosquittoTopics implements Source {
  readonly id: string
  readonly #context: SourceContext
  readonly #link: MqttLink
  readonly #follower: Follower
  readonly #counters = createBrokerCounters()
  #hasLines = false
  #dropped = 0
  #restarts = 0
  #told = ''

  constructor(settings: MosquittoTopicsSettings, context: SourceContext) {
    this.id = settings.id
    this.#context = context
    this.#follower = createFollower(this.#ports(), mostClients)
    this.#link = new MqttLink(settings, context, {
      filters: topicsFilters,
      take: (message) => this.#take(message),
      watching: () => this.#addition(),
      lost: () => this.#lost(),
    })
  }

  async start(): Promise<void> {
    this.#context.observations.measures(['connectionAttempts', 'disconnects'])
    await this.#link.start()
  }

  recheck(): void {
    this.#link.recheck()
  }

  stop(): Promise<void> {
    return this.#link.stop()
  }

  drain(): Sample[] {
    settleFollower(this.#follower)
    this.#tell()
    return this.#context.observations.drain(this.#context.clock.now())
  }

  facts(): SourceFacts {
    return {
      kind: 'mosquitto-topics',
      ...this.#link.facts(),
      capabilities: capabilitiesOf(topicsLevelOf),
    }
  }

  #ports(): FollowerPorts {
    const { observations, refused } = this.#context
    return {
      observations,
      refused: (reason, detail) => refused({ deviceId: null, reason, detail }),
      told: (news) => {
        const isOurs = news.kind === 'dropping' && this.#context.ownClients.has(news.clientId)
        if (isOurs) this.#missed()
      },
      evidenceChanged: () => undefined,
    }
  }

  #take({ topic, payload, isRetained }: LinkMessage): void {
    const text = Buffer.from(payload.subarray(0, longestLineBytes)).toString('utf8')
    if (!topic.startsWith('$SYS/broker/log/')) {
      this.#heed(takeCounter(this.#counters, topic, text))
    } else if (logTopics.has(topic) && !isRetained) {
      this.#hasLines = true
      followLine(this.#follower, text, this.#context.clock.now())
    }
  }

  #heed(news: CounterNews | null): void {
    if (news?.kind === 'dropped') this.#dropped += news.messages
    if (news?.kind === 'restarted') this.#restarts += 1
  }

  /** The broker gave up messages to Picket itself: lines are missing. */
  #missed(): void {
    const detail = 'the broker gave up messages to Picket, which did not read fast enough'
    this.#context.refused({ deviceId: null, reason: 'overload', detail })
    this.#forget()
    this.#context.changed('disconnected', `Lines are missing: ${detail}.`)
    this.#link.tell(this.#addition())
  }

  #lost(): void {
    this.#told = ''
    this.#forget()
  }

  /** Who is there is not known any more. */
  #forget(): void {
    this.#follower.sessions.clear()
    this.#follower.isComplete = false
    this.#context.observations.sessionsLost()
  }

  #tell(): void {
    const addition = this.#addition()
    if (addition === this.#told) return
    this.#told = addition
    this.#link.tell(addition)
  }

  /** What the broker's own counters say of how much was seen. */
  #addition(): string {
    const { connectedClients, version } = this.#counters
    // Picket itself had connected before it could read of it.
    const known = this.#follower.sessions.size + 1
    const unknown = Math.max(0, (connectedClients ?? 0) - known)
    return [
      version === null ? '' : ` The broker is Mosquitto ${version}.`,
      this.#hasLines ? '' : noLines,
      this.#restarts === 0 ? '' : ` It restarted ${times(this.#restarts)} since Picket watches.`,
      unknown === 0
        ? ''
        : ` ${unknown} of ${connectedClients} clients connected before Picket watched; who they are shows once they come again.`,
      this.#dropped === 0
        ? ''
        : ` The broker gave up ${this.#dropped} messages to readers that were too slow: if Picket was one of them, something is missing.`,
    ].join('')
  }
}

const noLines =
  ' No line of its log has come yet: mosquitto.conf must have `log_dest topic`, and log_type must have notice and error.'

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
