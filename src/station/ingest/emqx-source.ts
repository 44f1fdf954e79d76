import type { Metric } from '../../contract/model/metric.ts'
import type { Sample } from '../datapoint.ts'
import { Refusal } from '../refusal.ts'
import type { EmqxSettings } from '../settings.ts'
import { capabilitiesOf, inReports, reportsNotTaken, type Level } from './capabilities.ts'
import { emqxSystemFilter, readRuleEvent, readSystemEvent, type EmqxEvent } from './emqx-events.ts'
import { emqxRuleFilter, emqxRuleTopic } from './emqx-rule.ts'
import { takeReport } from './mqtt-link-reports.ts'
import { MqttLink, type LinkMessage } from './mqtt-link.ts'
import { createPublishedTopics } from './published-topics.ts'
import { reportTopicFilters } from './report-topic.ts'
import type { Observations } from './observations.ts'
import {
  createSessionTurns,
  forgetTurns,
  turnBegan,
  turnEnded,
  type SessionTurns,
} from './session-turns.ts'
import type { DeviceSeen, Source, SourceContext, SourceFacts } from './source.ts'

/** Client ids whose last connection is remembered. */
const rememberedClients = 20_000

/** EMQX tells of a connection both ways at about the same time, in either order. */
const twinMs = 10_000

/** How long after an event of the rule it is taken to be there still, so that silence means that nothing happened. */
const freshMs = 60_000

const told: Level = { level: 'observed', reason: "Told by Picket's rule in EMQX." }
const endsTold: Level = { level: 'observed', reason: "Told by EMQX's system topics." }
const acceptedTold: Level = {
  level: 'partial',
  reason:
    "EMQX's system topics tell of accepted attempts alone. Picket's rule, not seen yet, tells of refused ones too.",
}
const ruleNeeded: Level = {
  level: 'not-measurable',
  reason: "EMQX tells of it through Picket's rule alone, which was not seen yet.",
}

const noRule =
  " Picket's rule in EMQX was not seen yet, so only connections and their ends are counted. `picket broker emqx-rules` prints it."
const ruleGone =
  " Picket's rule in EMQX has stopped: connections are told of by the system topics alone. Is it switched off? `picket broker emqx-rules` prints it."
const noSystemTopics =
  ' Without the system topics a quiet site looks like a rule that was taken away, so nothing counts as zero.'

/**
 * Watches EMQX as a client: its system topics tell of connections, Picket's rule of everything else too. Both may
 * be there; whatever is told twice is counted once. A subscriber at QoS 0 that is too slow is disconnected by EMQX
 * (`force_shutdown`) rather than robbed of messages, so that loss shows as a gap.
 */
export class EmqxSource implements Source {
  readonly id: string
  readonly #settings: EmqxSettings
  readonly #context: SourceContext
  readonly #link: MqttLink
  readonly #turns = createSessionTurns(rememberedClients)
  /** By client id. */
  readonly #topics = createPublishedTopics(rememberedClients)
  #hasSystemTopics = false
  #hasRule = false
  #lastRuleAt = -Infinity
  /** The first system event since, of which the rule has not told. */
  #unansweredAt: number | null = null

  constructor(settings: EmqxSettings, context: SourceContext) {
    this.id = settings.id
    this.#settings = settings
    this.#context = context
    this.#link = new MqttLink(settings, context, {
      filters: emqxFilters(settings),
      take: (message) => this.#take(message),
      watching: (refused) => this.#watching(refused),
      lost: () => this.#lost(),
    })
  }

  start(): Promise<void> {
    return this.#link.start()
  }

  recheck(): void {
    this.#link.recheck()
  }

  stop(): Promise<void> {
    return this.#link.stop()
  }

  drain(): Sample[] {
    const now = this.#context.clock.now()
    const isGone = this.#unansweredAt !== null && now - this.#unansweredAt > twinMs
    if (this.#hasRule && isGone) this.#ruleSeen(false, ruleGone)
    this.#measure()
    return this.#context.observations.drain(now)
  }

  topicsOf({ clientIds }: DeviceSeen): string[] {
    return clientIds.flatMap((clientId) => [...(this.#topics.of(clientId) ?? [])])
  }

  facts(): SourceFacts {
    const capabilities = capabilitiesOf((metric) =>
      emqxLevelOf(metric, { reports: this.#settings.reports, hasRule: this.#hasRule }),
    )
    return { kind: 'emqx', ...this.#link.facts(), capabilities }
  }

  #watching(refused: readonly string[]): string {
    this.#hasSystemTopics = !refused.includes(emqxSystemFilter)
    this.#measure()
    if (this.#hasRule) return this.#hasSystemTopics ? '' : noSystemTopics
    return noRule
  }

  #lost(): void {
    forgetTurns(this.#turns)
    this.#hasRule = false
    this.#hasSystemTopics = false
    this.#lastRuleAt = -Infinity
    this.#unansweredAt = null
    this.#context.observations.sessionsLost()
    this.#measure()
  }

  /** A zero is true only while it is known that the event would have come. */
  #measure(): void {
    const { observations } = this.#context
    if (!this.#hasSystemTopics) return observations.measures([])
    const isFresh = this.#context.clock.now() - this.#lastRuleAt <= freshMs
    if (!this.#hasRule || !isFresh) return observations.measures(['disconnects'])
    observations.measures([
      'messagesSent',
      'messagesReceived',
      'connectionAttempts',
      'disconnects',
      'authorizationFailures',
    ])
  }

  #ruleSeen(isSeen: boolean, addition: string): void {
    this.#hasRule = isSeen
    this.#unansweredAt = null
    this.#measure()
    this.#link.tell(addition)
  }

  #take(message: LinkMessage): void | Promise<void> {
    if (this.#settings.reports) {
      const hasRoom = takeReport(this.#context, message, (topic, payload) =>
        this.#link.publish(topic, payload),
      )
      if (hasRoom) return hasRoom
    }
    if (message.isRetained) return
    try {
      const event = this.#read(message)
      if (event.kind === 'sent' && event.topic !== null) {
        this.#topics.note(event.clientId, event.topic)
      }
      const { observations, clock } = this.#context
      tellEmqxEvent(event, { turns: this.#turns, at: clock.now() }, observations)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { reason, message: detail } = error
      this.#context.refused({ deviceId: null, reason, detail })
    }
  }

  #read({ topic, payload }: LinkMessage): EmqxEvent {
    const at = this.#context.clock.now()
    if (topic === emqxRuleTopic) {
      const event = readRuleEvent(payload)
      this.#lastRuleAt = at
      this.#unansweredAt = null
      if (!this.#hasRule) this.#ruleSeen(true, this.#hasSystemTopics ? '' : noSystemTopics)
      return event
    }
    if (topic.startsWith('$picket/')) {
      throw new Refusal('malformed', "Picket's rule in EMQX is of another version: print it anew")
    }
    const event = readSystemEvent(topic, payload)
    const isAnswered = event.kind === 'other' || at - this.#lastRuleAt <= twinMs
    if (!isAnswered) this.#unansweredAt ??= at
    return event
  }
}

/** What a source subscribes to. */
export function emqxFilters({ reports }: Pick<EmqxSettings, 'reports'>): string[] {
  return [emqxSystemFilter, emqxRuleFilter, ...(reports ? reportTopicFilters : [])]
}

/** What EMQX tells of a metric, with Picket's rule or without it. */
export function emqxLevelOf(
  { id, origin }: Metric,
  { reports, hasRule }: { reports: boolean; hasRule: boolean },
): Level {
  if (origin !== 'broker') return reports ? inReports : reportsNotTaken
  if (hasRule) return told
  if (id === 'aws:num-disconnects') return endsTold
  return id === 'aws:num-connection-attempts' ? acceptedTold : ruleNeeded
}

/** Counts what an event tells of. `at`: when it arrived, epoch ms. */
export function tellEmqxEvent(
  event: EmqxEvent,
  { turns, at }: { turns: SessionTurns; at: number },
  observations: Observations,
): void {
  if (event.kind === 'sent') observations.sent(event.clientId, at, event.bytes)
  if (event.kind === 'received') observations.received(event.clientId, at)
  if (event.kind === 'denied') observations.denied(event.clientId, at)
  if (event.kind === 'refused') observations.refused(event.party, at)
  if (event.kind === 'connected') {
    const { party, connectedAt: key } = event
    turnBegan(turns, { party, key, at }, observations)
  }
  if (event.kind === 'disconnected') {
    const { clientId, reason, connectedAt: key, disconnectedAt: endKey } = event
    turnEnded(turns, { clientId, reason, key, endKey, at }, observations)
  }
}
