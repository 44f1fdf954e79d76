import { deviceId as deviceIdSchema, type DeviceId } from '../../contract/model/device.ts'
import type { Measure, Sample } from '../datapoint.ts'
import { createNaming, type NameOf, type Party } from './identity.ts'
import {
  countConnection,
  countManySent,
  countOne,
  countSent,
  createMeters,
  drainMeters,
  forgetConnections,
  type Counter,
  type Meters,
} from './meters.ts'
import type { ObservationRules } from './observation-rules.ts'
import type { DisconnectReason } from './presence.ts'
import {
  closeAllSessions,
  closeSession,
  createSessions,
  openSession,
  reopenSession,
  restoreSession,
  type RememberedSession,
  type Sessions,
} from './sessions.ts'
import type { TrafficWatch } from './traffic-watch.ts'

/**
 * What a source tells of the devices it sees. `at`: when it was seen, epoch ms; it decides the slot. Nothing here
 * throws: a name that cannot be a device's is refused and counted.
 */
export interface Observations {
  /** An accepted connection attempt. The client id stands for this party from now on. */
  connected(party: Party, at: number): void
  /** It is connected since some earlier time, as a log's past shows: counts nothing. */
  introduced(party: Party, at: number): void
  /** A refused one: one connection attempt and one authorization failure. */
  refused(party: Party, at: number): void
  /** Counted also where the connection itself was not seen. */
  disconnected(clientId: string, at: number, reason: DisconnectReason): void
  /** A publish or a subscription was denied: one authorization failure. */
  denied(clientId: string, at: number): void
  /** It published a message of `bytes` of payload; null: of a size that is not known. */
  sent(clientId: string, at: number, bytes: number | null): void
  /** It published `sizes.count` messages; bytes of payload. */
  sentMany(clientId: string, at: number, sizes: Measure): void
  /** A message was delivered to it, or `times` messages. */
  received(clientId: string, at: number, times?: number): void
  /** It is connected: a ping, an answer, whatever shows that. Counts nothing. */
  seen(clientId: string, at: number): void
  /** The topic of a message of `bytes` of payload names the device; who sent it is not known. */
  sentBy(deviceName: string, at: number, bytes: number): void
  /** A topic says that the device is there (Sparkplug birth): one connection attempt. */
  alive(deviceName: string, at: number): void
  /** A topic says that it is gone (Sparkplug death): one disconnect. */
  dead(deviceName: string, at: number, reason: DisconnectReason): void
  /**
   * The broker restarted, or was not seen for a while: who is connected is not known any more. Counts nothing.
   * A session is known again once it shows itself.
   */
  sessionsLost(): void
  /** Counters that this source sees in full: a connected device without any has a true zero. None until told. */
  measures(counters: readonly Counter[]): void
  /** What was counted since the last call. */
  drain(now: number): Sample[]
}

/** Longer ones cannot be a device's, and are not remembered: a client id may have 64 KiB. */
const longestName = 256

/** The way from what a source sees to samples: names, sessions, meters. */
export class WatchedObservations implements Observations {
  /** Read and saved by the station; sources have no business with it. */
  readonly sessions: Sessions
  readonly #rules: ObservationRules
  readonly #nameOf: NameOf
  readonly #meters: Meters
  /** Names that were looked at; null where one cannot be a device's. */
  readonly #devices = new Map<string, DeviceId | null>()
  #unattributed = 0

  constructor(rules: ObservationRules) {
    this.#rules = rules
    this.#nameOf = createNaming(rules)
    this.#meters = createMeters({ seesConnections: rules.seesConnections, zeros: [] })
    this.sessions = createSessions(rules.most)
  }

  /** Refused attempts that no device could be named for. */
  get unattributed(): number {
    return this.#unattributed
  }

  /** Read and set by the station: devices whose traffic it watches. */
  get traffic(): TrafficWatch {
    return this.#meters.traffic
  }

  /** Takes up what an earlier run knew. */
  restore(remembered: RememberedSession): void {
    restoreSession(this.sessions, remembered)
  }

  connected(party: Party, at: number): void {
    const { clientId, address } = party
    if (this.#isOwn(clientId)) return
    const deviceId = this.#named(this.#nameOf(party))
    if (!deviceId) return
    countOne(this.#meters, deviceId, { counter: 'connectionAttempts', at })
    // Without a client id its end could not be told: it would count as connected for ever.
    if (clientId !== null && clientId.length <= longestName)
      this.#open({ clientId, deviceId, address, username: loginOf(party) }, at)
    this.#rules.presence(deviceId, { address, isConnected: true, since: at, reason: null })
  }

  introduced(party: Party, at: number): void {
    const { clientId, address } = party
    if (clientId === null || this.#isOwn(clientId)) return
    const deviceId = this.#named(this.#nameOf(party))
    if (!deviceId) return
    this.#open({ clientId, deviceId, address, username: loginOf(party) }, at)
    this.#rules.presence(deviceId, { address, isConnected: true, since: at, reason: null })
  }

  refused(party: Party, at: number): void {
    if (this.#isOwn(party.clientId)) return
    const found = this.#claimant(party)
    if (!found) {
      this.#unattributed += 1
      return
    }
    const { deviceId, isInferred } = found
    countOne(this.#meters, deviceId, { counter: 'connectionAttempts', at, isInferred })
    countOne(this.#meters, deviceId, { counter: 'authorizationFailures', at, isInferred })
  }

  disconnected(clientId: string, at: number, reason: DisconnectReason): void {
    if (this.#isOwn(clientId)) return
    const session = this.sessions.byClient.get(clientId)
    const deviceId = session?.deviceId ?? this.#namedByClient(clientId)
    if (!deviceId) return
    countOne(this.#meters, deviceId, { counter: 'disconnects', at })
    if (session?.isOpen) {
      closeSession(this.sessions, session)
      countConnection(this.#meters, deviceId, { change: -1, at })
    }
    if (this.sessions.openOf.has(deviceId)) return
    const address = session?.address ?? null
    this.#rules.presence(deviceId, { address, isConnected: false, since: at, reason })
  }

  denied(clientId: string, at: number): void {
    const session = this.#sessionOf(clientId, at)
    if (!session) return
    countOne(this.#meters, session.deviceId, { counter: 'authorizationFailures', at })
  }

  sent(clientId: string, at: number, bytes: number | null): void {
    const session = this.#sessionOf(clientId, at)
    if (session) countSent(this.#meters, session.deviceId, { bytes, at })
  }

  sentMany(clientId: string, at: number, sizes: Measure): void {
    const session = this.#sessionOf(clientId, at)
    if (session) countManySent(this.#meters, session.deviceId, { sizes, at })
  }

  received(clientId: string, at: number, times = 1): void {
    const session = this.#sessionOf(clientId, at)
    if (!session) return
    countOne(this.#meters, session.deviceId, { counter: 'messagesReceived', at, times })
  }

  seen(clientId: string, at: number): void {
    this.#sessionOf(clientId, at)
  }

  sentBy(deviceName: string, at: number, bytes: number): void {
    const deviceId = this.#named(deviceName)
    if (deviceId) countSent(this.#meters, deviceId, { bytes, at })
  }

  alive(deviceName: string, at: number): void {
    const deviceId = this.#named(deviceName)
    if (!deviceId) return
    countOne(this.#meters, deviceId, { counter: 'connectionAttempts', at })
    // A second birth without a death between is the same device.
    const isThere = (this.#meters.byDevice.get(deviceId)?.connections ?? 0) > 0
    if (!isThere) countConnection(this.#meters, deviceId, { change: 1, at })
    this.#rules.presence(deviceId, { address: null, isConnected: true, since: at, reason: null })
  }

  dead(deviceName: string, at: number, reason: DisconnectReason): void {
    const deviceId = this.#named(deviceName)
    if (!deviceId) return
    countOne(this.#meters, deviceId, { counter: 'disconnects', at })
    countConnection(this.#meters, deviceId, { change: -1, at })
    this.#rules.presence(deviceId, { address: null, isConnected: false, since: at, reason })
  }

  sessionsLost(): void {
    for (const deviceId of this.sessions.openOf.keys()) {
      // When it ended, if it did, was not seen: `since` is of no account.
      this.#rules.presence(deviceId, { address: null, isConnected: null, since: 0, reason: null })
    }
    closeAllSessions(this.sessions)
    forgetConnections(this.#meters)
  }

  measures(counters: readonly Counter[]): void {
    this.#meters.zeros = new Set(counters)
  }

  drain(now: number): Sample[] {
    return drainMeters(this.#meters, now)
  }

  #isOwn(clientId: string | null): boolean {
    return clientId !== null && this.#rules.ownClients.has(clientId)
  }

  /** The session of a client that does something, so it is there. Null: Picket itself, or a bad name. */
  #sessionOf(clientId: string, at: number): RememberedSession | null {
    const known = this.sessions.byClient.get(clientId)
    if (known?.isOpen) return known
    if (this.#isOwn(clientId)) return null
    if (known) {
      reopenSession(this.sessions, known)
      countConnection(this.#meters, known.deviceId, { change: 1, at })
      this.#isThere(known, at)
      return known
    }
    const deviceId = this.#namedByClient(clientId)
    if (!deviceId) return null
    const opened = { clientId, deviceId, address: null, username: null }
    this.#open(opened, at)
    this.#isThere(opened, at)
    return opened
  }

  #isThere({ deviceId, address }: RememberedSession, at: number): void {
    this.#rules.presence(deviceId, { address, isConnected: true, since: at, reason: null })
  }

  #open(opened: RememberedSession, at: number): void {
    for (const ended of openSession(this.sessions, opened, at)) {
      countConnection(this.#meters, ended.deviceId, { change: -1, at })
    }
    countConnection(this.#meters, opened.deviceId, { change: 1, at })
  }

  /**
   * Whose refused attempt it was. A name that was only claimed makes no device, or anybody could fill the fleet;
   * and only an address from which one device alone was ever seen tells who it was.
   */
  #claimant(party: Party): { deviceId: DeviceId; isInferred: boolean } | null {
    const name = this.#nameOf(party)
    if (name !== null) {
      const deviceId = this.#deviceOf(name)
      return deviceId && this.#rules.isKnown(deviceId) ? { deviceId, isInferred: false } : null
    }
    const deviceId = party.address === null ? null : this.sessions.deviceAt.get(party.address)
    return deviceId ? { deviceId, isInferred: true } : null
  }

  /** Its user name was never seen: counted for its client id until it is. */
  #namedByClient(clientId: string): DeviceId | null {
    const party = { clientId, username: null, certificateName: null, address: null }
    return this.#named(this.#nameOf(party) ?? clientId)
  }

  #named(name: string | null): DeviceId | null {
    if (name === null) return null
    const deviceId = this.#deviceOf(name)
    if (deviceId) return deviceId
    const detail = 'a name that is not 1-128 printable bytes'
    this.#rules.refused({ deviceId: null, reason: 'bad-device-name', detail })
    return null
  }

  #deviceOf(name: string): DeviceId | null {
    if (name.length > longestName) return null
    const known = this.#devices.get(name)
    if (known !== undefined) return known
    const parsed = deviceIdSchema.safeParse(name)
    const deviceId = parsed.success ? parsed.data : null
    if (this.#devices.size >= this.#rules.most) this.#devices.clear()
    this.#devices.set(name, deviceId)
    return deviceId
  }
}

/** What a broker knows a client by where it lets it in: the user name, or the name of its certificate. */
function loginOf({ username, certificateName }: Party): string | null {
  return username ?? certificateName
}
