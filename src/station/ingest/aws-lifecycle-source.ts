import type { Metric } from '../../contract/model/metric.ts'
import type { Sample } from '../datapoint.ts'
import { Refusal } from '../refusal.ts'
import type { AwsLifecycleSettings } from '../settings.ts'
import {
  lifecycleFilters,
  readLifecycleEvent,
  type LifecycleEvent,
} from './aws-lifecycle-events.ts'
import {
  addEvent,
  admitOnce,
  createLifecycleOrder,
  takeDue,
  type Admission,
  type OrderedEvent,
} from './aws-lifecycle-order.ts'
import { capabilitiesOf, type Level } from './capabilities.ts'
import type { Party } from './identity.ts'
import { MqttLink, type LinkMessage } from './mqtt-link.ts'
import type { Observations } from './observations.ts'
import {
  createSessionTurns,
  forgetTurns,
  turnBegan,
  turnEnded,
  type SessionTurns,
} from './session-turns.ts'
import type { Source, SourceContext, SourceFacts } from './source.ts'

/** Client ids that are remembered, and events that may wait for others. */
const remembered = 20_000

const told: Level = {
  level: 'observed',
  reason: 'Told by AWS IoT lifecycle events; client ids with # or + have none.',
}
const failedConnects: Level = {
  level: 'partial',
  reason:
    'Lifecycle events tell of connects that were not authorized, not of messages or subscriptions.',
}
const notTold: Level = {
  level: 'not-measurable',
  reason: 'AWS IoT lifecycle events do not tell of messages.',
}
const noReports: Level = {
  level: 'not-measurable',
  reason: 'Device Defender reports go to AWS itself, which shows them to nobody else.',
}

const levels = new Map<string, Level>([
  ['aws:num-connection-attempts', told],
  ['aws:num-disconnects', told],
  ['aws:num-authorization-failures', failedConnects],
])

/** What lifecycle events tell of a metric. */
export function lifecycleLevelOf({ id, origin }: Metric): Level {
  return origin === 'broker' ? (levels.get(id) ?? notTold) : noReports
}

/** Watches AWS IoT Core as a client of it: connects, disconnects and connects that failed, in their order. */
export class AwsLifecycleSource implements Source {
  readonly id: string
  readonly #context: SourceContext
  readonly #link: MqttLink
  readonly #order = createLifecycleOrder(remembered)
  readonly #turns = createSessionTurns(remembered)

  constructor(settings: AwsLifecycleSettings, context: SourceContext) {
    this.id = settings.id
    this.#context = context
    this.#link = new MqttLink(settings, context, {
      filters: lifecycleFilters,
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

  async stop(): Promise<void> {
    await this.#link.stop()
    this.#tellDue(Infinity)
  }

  drain(): Sample[] {
    const { observations, clock } = this.#context
    const now = clock.now()
    this.#tellDue(now)
    return observations.drain(now)
  }

  facts(): SourceFacts {
    const capabilities = capabilitiesOf(lifecycleLevelOf)
    return { kind: 'aws-lifecycle', ...this.#link.facts(), capabilities }
  }

  #tellDue(now: number): void {
    tellLifecycle(takeDue(this.#order, now), this.#turns, this.#context.observations)
  }

  /** Without one of the three, some of what would have been counted does not come. */
  #watching(refused: readonly string[]): string {
    const { observations } = this.#context
    observations.measures(refused.length === 0 ? ['connectionAttempts', 'disconnects'] : [])
    return ''
  }

  #lost(): void {
    this.#tellDue(Infinity)
    forgetTurns(this.#turns)
    this.#context.observations.sessionsLost()
    this.#context.observations.measures([])
  }

  #take({ topic, payload, isRetained }: LinkMessage): void {
    if (isRetained) return
    try {
      this.#admit(readLifecycleEvent(topic, payload))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { reason, message: detail } = error
      this.#context.refused({ deviceId: null, reason, detail })
    }
  }

  #admit(event: LifecycleEvent): void {
    const at = this.#context.clock.now()
    const admission = this.#filed(event, at)
    if (admission === 'duplicate') {
      throw new Refusal('duplicate', 'AWS sent a lifecycle event again')
    }
    if (admission === 'full') {
      throw new Refusal('overload', `more than ${remembered} lifecycle events wait for their turn`)
    }
  }

  #filed(event: LifecycleEvent, at: number): Admission {
    if (event.eventType !== 'connect_failed') return addEvent(this.#order, event, at)
    const mark = `${event.eventType} ${event.timestamp} ${event.sessionIdentifier}`
    const admission = admitOnce(this.#order, event.clientId, mark)
    if (admission === 'new') this.#context.observations.refused(partyOf(event), at)
    return admission
  }
}

/** Counts connections and their ends, in the order given. */
export function tellLifecycle(
  due: readonly OrderedEvent[],
  turns: SessionTurns,
  observations: Observations,
): void {
  for (const { event, at, key } of due) {
    const { clientId, timestamp: endKey } = event
    if (event.eventType === 'connected') {
      turnBegan(turns, { party: partyOf(event), key, at }, observations)
    } else {
      const { disconnectReason: reason } = event
      turnEnded(turns, { clientId, key, endKey, at, reason }, observations)
    }
  }
}

/** A thing's name comes only where AWS has checked that the certificate is the thing's own: as good as a login. */
function partyOf(event: {
  clientId: string
  thingName: string | null
  ipAddress: string | null
}): Party & { clientId: string } {
  const { clientId, thingName: username, ipAddress: address } = event
  return { clientId, username, certificateName: null, address }
}
