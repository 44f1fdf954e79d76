import type { RejectionReason } from '../../contract/model/status.ts'
import { createAudience, type Audience } from './mosquitto-audience.ts'
import type { Observations } from './observations.ts'
import type { Connected, LogEvent } from './mosquitto-line.ts'
import { createResends, type Resends } from './mosquitto-resends.ts'
import { createSubscriptions, type Subscriptions } from './mosquitto-subscriptions.ts'

/** What a log of this broker shows, as far as it was seen. Each is true from the first such line on. */
export interface Evidence {
  /** Connects and their ends: `connection_messages` is not off. */
  connections: boolean
  /** Messages: `log_type debug` or `all` is on. */
  messages: boolean
  /** Granted subscriptions: `log_type subscribe` or `all` is on. */
  grants: boolean
}

/** Where what a log says goes. */
export interface FollowerPorts {
  observations: Pick<
    Observations,
    | 'connected'
    | 'introduced'
    | 'refused'
    | 'disconnected'
    | 'denied'
    | 'sent'
    | 'received'
    | 'seen'
    | 'sessionsLost'
  >
  refused(reason: RejectionReason, detail: string): void
  /** Something of the broker itself. */
  told(news: Extract<LogEvent, { kind: 'broker' | 'suppressed' | 'dropping' }>): void
  evidenceChanged(): void
}

const nothing = () => undefined

/** Observations of a log that is read for what it is like, not for what devices did. */
export const unheard: FollowerPorts['observations'] = {
  connected: nothing,
  introduced: nothing,
  refused: nothing,
  disconnected: nothing,
  denied: nothing,
  sent: nothing,
  received: nothing,
  seen: nothing,
  sessionsLost: nothing,
}

/** A connection, as its line told. */
type LogSession = Pick<Connected, 'username' | 'address' | 'endpoint' | 'keepaliveMs'> & {
  isWebsocket: boolean
}

/** A refused login whose second line, which may name the client, has not come yet. */
interface Refusal {
  address: string | null
  at: number
  /** It waited through a drain already. */
  isOld: boolean
}

/** A log being followed, line by line in order. Changed in place: it sees every message of the site. */
export interface Follower {
  ports: FollowerPorts
  evidence: Evidence
  version: string | null
  lines: number
  sessions: Map<string, LogSession>
  /** All sessions are known: the broker was seen starting. */
  isComplete: boolean
  /** TCP connections that have not logged in yet. Websockets are never announced. */
  accepted: Set<string>
  /** Visible beginnings of client ids so long that Mosquitto cuts their lines. */
  longIds: string[]
  refusal: Refusal | null
  subscriptions: Subscriptions
  resends: Resends
  audience: Audience
  /** The client whose connection ended last, and why; a second word on it is no second end. */
  lastEnded: string | null
  /** Websocket clients taken over: the broker closes their old connection after the new one is there. */
  ghosts: Set<string>
  most: number
}

/** Starts with nothing known. `most`: clients remembered. */
export function createFollower(ports: FollowerPorts, most: number): Follower {
  return {
    ports,
    evidence: { connections: false, messages: false, grants: false },
    version: null,
    lines: 0,
    sessions: new Map(),
    isComplete: false,
    accepted: new Set(),
    longIds: [],
    refusal: null,
    subscriptions: createSubscriptions(),
    resends: createResends(most),
    audience: createAudience(most),
    lastEnded: null,
    ghosts: new Set(),
    most,
  }
}

/** Notes that the log shows something. */
export function show(follower: Follower, what: keyof Evidence): void {
  if (follower.evidence[what]) return
  follower.evidence[what] = true
  follower.ports.evidenceChanged()
}

/** Makes room in a collection that keeps its order. */
export function dropOldest(collection: Set<string> | Map<string, unknown>): void {
  const oldest = collection.keys().next()
  if (!oldest.done) collection.delete(oldest.value)
}
