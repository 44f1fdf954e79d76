import { rejectionReason, type RejectionReason } from '../../src/contract/model/status.ts'
import { readLifecycleEvent } from '../../src/station/ingest/aws-lifecycle-events.ts'
import {
  addEvent,
  admitOnce,
  createLifecycleOrder,
  takeDue,
} from '../../src/station/ingest/aws-lifecycle-order.ts'
import { tellLifecycle } from '../../src/station/ingest/aws-lifecycle-source.ts'
import { createStatusTopics, statusOf } from '../../src/station/ingest/device-topic-status.ts'
import { parseDeviceTopic } from '../../src/station/ingest/device-topic.ts'
import { readRuleEvent, readSystemEvent } from '../../src/station/ingest/emqx-events.ts'
import { tellEmqxEvent } from '../../src/station/ingest/emqx-source.ts'
import { usualIdentity } from '../../src/station/ingest/identity.ts'
import { WatchedObservations } from '../../src/station/ingest/observations.ts'
import { createSessionTurns } from '../../src/station/ingest/session-turns.ts'
import { sessionNumberOf } from '../../src/station/ingest/sparkplug-payload.ts'
import {
  createSparkplugPresence,
  noteSparkplug,
} from '../../src/station/ingest/sparkplug-presence.ts'
import { parseSparkplugTopic } from '../../src/station/ingest/sparkplug-topic.ts'
import { Refusal } from '../../src/station/refusal.ts'
import { hostileEvent, type HostileEvent } from './hostile-event.ts'
import { drawsOf } from './hostile-report.ts'

/** What became of hostile events: each is taken, of no interest, or refused with a reason. */
export interface EventFuzzOutcome {
  inputs: number
  taken: number
  ignored: number
  refused: Partial<Record<RejectionReason, number>>
  samples: number
  seconds: number
  /** Memory of the process at its most, megabytes. */
  peakMb: number
}

/** Names that each part remembers at most. */
const most = 500
const drainEvery = 1000
const stepMs = 7
const ownKeys = Reflect.ownKeys(Object.prototype).length

/**
 * Sends seeded hostile events down the way of EMQX's, AWS IoT's, Sparkplug's and plain device topics, up to samples.
 * Throws when anything but a refusal comes back, a part remembers more than it may, or a sample cannot be stored.
 */
export function fuzzBrokerEvents(run: { inputs: number; seed: number }): EventFuzzOutcome {
  const { inputs, seed } = run
  const draw = drawsOf(seed)
  const site = createSite()
  const outcome: EventFuzzOutcome = {
    ...{ inputs, taken: 0, ignored: 0, samples: 0, seconds: 0, peakMb: 0 },
    refused: site.refused,
  }
  const startedAt = performance.now()
  for (let index = 0; index < inputs; index += 1) {
    const event = hostileEvent(draw)
    const fate = fateOf(site, event, index)
    if (fate === 'taken') outcome.taken += 1
    if (fate === 'ignored') outcome.ignored += 1
    if (index % drainEvery !== 0) continue
    outcome.samples += drain(site)
    outcome.peakMb = Math.max(outcome.peakMb, Math.round(process.memoryUsage.rss() / 1e6))
  }
  outcome.samples += drain(site)
  return { ...outcome, seconds: (performance.now() - startedAt) / 1000 }
}

type Site = ReturnType<typeof createSite>

function createSite() {
  const refused: EventFuzzOutcome['refused'] = {}
  const refuse = ({ reason }: { reason: RejectionReason }) => {
    rejectionReason.parse(reason)
    refused[reason] = (refused[reason] ?? 0) + 1
  }
  const observations = new WatchedObservations({
    ...usualIdentity,
    seesConnections: true,
    ownClients: new Set(['pump-0']),
    isKnown: (deviceId) => deviceId.startsWith('pump-'),
    refused: refuse,
    presence: () => undefined,
    most,
  })
  observations.measures(['messagesSent', 'connectionAttempts', 'disconnects'])
  return {
    refused,
    refuse,
    observations,
    now: 1_790_000_000_000,
    turns: createSessionTurns(most),
    lifecycleTurns: createSessionTurns(most),
    order: createLifecycleOrder(most),
    sparkplug: createSparkplugPresence(most),
    statuses: createStatusTopics(
      [{ topic: 'site/{device}/status', alive: 'online', dead: 'offline' }],
      most,
    ),
    deviceTopic: parseDeviceTopic('site/{device}/#'),
  }
}

function fateOf(site: Site, event: HostileEvent, index: number): 'taken' | 'ignored' | 'refused' {
  site.now += stepMs
  try {
    return take(site, event) ? 'taken' : 'ignored'
  } catch (error) {
    if (error instanceof Refusal) {
      site.refuse(error)
      return 'refused'
    }
    const start = Buffer.from(event.payload.subarray(0, 200)).toString('latin1')
    throw new Error(`Input ${index} on ${event.topic.slice(0, 200)}: ${start}`, { cause: error })
  }
}

/** False where the message is of no interest. */
function take(site: Site, { topic, payload }: HostileEvent): boolean {
  const { observations, turns, now: at } = site
  if (topic.startsWith('$picket/')) {
    tellEmqxEvent(readRuleEvent(payload), { turns, at }, observations)
    return true
  }
  if (topic.startsWith('$SYS/')) {
    const event = readSystemEvent(topic, payload)
    tellEmqxEvent(event, { turns, at }, observations)
    return event.kind !== 'other'
  }
  if (topic.startsWith('$aws/')) return takeLifecycle(site, { topic, payload })
  const sparkplug = parseSparkplugTopic(topic)
  if (sparkplug) {
    const message = { ...sparkplug, session: sessionNumberOf(payload), at }
    noteSparkplug(site.sparkplug, message, {
      alive: (name) => observations.alive(name, at),
      dead: (name, reason) => observations.dead(name, at, reason),
    })
    return true
  }
  const status = statusOf(site.statuses, topic, payload)
  if (status?.isAlive) observations.alive(status.device, at)
  const device = site.deviceTopic.deviceOf(topic)
  if (device !== null) observations.sentBy(device, at, payload.length)
  return device !== null
}

function takeLifecycle(site: Site, { topic, payload }: HostileEvent): boolean {
  const { order, now } = site
  const event = readLifecycleEvent(topic, payload)
  const admission =
    event.eventType === 'connect_failed'
      ? admitOnce(order, event.clientId, `${event.timestamp}`)
      : addEvent(order, event, now)
  if (admission === 'full') throw new Refusal('overload', 'too many wait')
  if (admission === 'duplicate') throw new Refusal('duplicate', 'it came before')
  tellLifecycle(takeDue(order, now), site.lifecycleTurns, site.observations)
  return true
}

function drain(site: Site): number {
  const { turns, lifecycleTurns, order, sparkplug, statuses } = site
  const remembered = [
    turns.byClient.size,
    lifecycleTurns.byClient.size,
    order.held,
    sparkplug.nodes.size,
    sparkplug.devices,
    statuses.wasAlive.size,
  ]
  if (remembered.some((count) => count > most)) throw new Error(`remembered: ${remembered.join()}`)
  if (Reflect.ownKeys(Object.prototype).length !== ownKeys) {
    throw new Error('a prototype was reached')
  }
  const samples = site.observations.drain(site.now)
  for (const { metricId, measure } of samples) {
    const isStorable = Object.values(measure).every((value) => Number.isFinite(value) && value >= 0)
    if (!isStorable) throw new Error(`${metricId} is ${JSON.stringify(measure)}`)
  }
  return samples.length
}
