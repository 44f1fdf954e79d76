import type { RejectionReason } from '../../contract/model/status.ts'
import type { Measure } from '../datapoint.ts'
import type { EmbeddedBrokerSettings } from '../settings.ts'
import type { Party } from './identity.ts'
import type { DisconnectReason } from './presence.ts'

/** What the broker's process is told to be. */
export interface BrokerOptions {
  settings: EmbeddedBrokerSettings
  largestPacketBytes: number
  mostConnections: number
  /** Real milliseconds that counts are gathered for. */
  tickMs: number
  /** Devices that are kept out from the first connection on. */
  blocked: readonly string[]
}

/** Station to broker. */
export type ToBroker =
  | { kind: 'open'; options: BrokerOptions }
  | { kind: 'ping' }
  /** A batch was taken in: there is room for another. */
  | { kind: 'taken' }
  /** To be published by the broker itself: the answer to a report. */
  | { kind: 'publish'; topic: string; payload: Uint8Array }
  /** Ends the connection of a client. It may come back. */
  | { kind: 'kick'; clientId: string }
  /** These devices, and no others, are kept out from now on. */
  | { kind: 'block'; deviceNames: readonly string[] }
  /** Asks what is known of a device; answered by `looked`, once all that was told before is done. */
  | { kind: 'look'; id: number; deviceName: string }
  /** Ends all connections, tells of them, and then says `closed`. */
  | { kind: 'close' }

/** What a client did since its last entry. */
export interface Tally {
  clientId: string
  /** Of the messages it published, bytes of payload. */
  sizes: Measure
  /** Messages delivered to it. */
  received: number
  /** Publishes and subscriptions denied. */
  denied: number
}

/** Something the broker saw, in the order in which it did. */
export type BrokerEntry =
  | { kind: 'connected'; party: Party }
  | { kind: 'refused'; party: Party }
  | { kind: 'disconnected'; clientId: string; reason: DisconnectReason }
  | ({ kind: 'counted' } & Tally)
  | { kind: 'rejected'; device: string | null; reason: RejectionReason; detail: string }
  /** So many rejections more than could be told one by one. */
  | { kind: 'untold'; times: number }

export interface BrokerReport {
  topic: string
  payload: Uint8Array
  isSenderAllowed: boolean
}

/** What the broker knows of a device. */
export interface DeviceView {
  isBlocked: boolean
  /** Connections that blocking the device ends, or would. */
  sessions: { clientId: string; deviceName: string | null }[]
  /** Who may speak for it. */
  gateways: string[]
  /** Who is subscribed to topics that it was seen to publish on; null: none was seen. */
  audience: { client: string; filter: string }[] | null
}

/** Broker to station. A batch is answered by `taken`; the broker has few of them under way. */
export type FromBroker =
  | { kind: 'ready' }
  | { kind: 'pong' }
  | { kind: 'listening'; port: number }
  | { kind: 'failed'; sentence: string }
  | { kind: 'batch'; entries: BrokerEntry[]; reports: BrokerReport[] }
  | { kind: 'looked'; id: number; view: DeviceView }
  | { kind: 'closed' }

/** Both ends are this program, at one version: a message with a kind is one of ours. */
export function isOfBroker<Message extends ToBroker | FromBroker>(
  message: unknown,
): message is Message {
  return typeof message === 'object' && message !== null && 'kind' in message
}
