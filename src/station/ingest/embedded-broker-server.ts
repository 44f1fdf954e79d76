import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import {
  Aedes,
  type AedesPublishPacket,
  type AuthenticateError,
  type Client,
  type ConnectPacket,
  type PublishPacket,
  type Subscription,
} from 'aedes'
import { admit, type Login } from './embedded-broker-admission.ts'
import { openDeviceLogins, type DeviceLogins } from './device-logins.ts'
import { createAccess, deniedTopic, type Access } from './embedded-broker-access.ts'
import { createRoll, tallySent, type Connection, type Roll } from './embedded-broker-connection.ts'
import { startListener, type Caller } from './embedded-broker-listener.ts'
import type { Outbox } from './embedded-broker-outbox.ts'
import type { BrokerOptions } from './embedded-broker-protocol.ts'
import type { Party } from './identity.ts'
import type { DisconnectReason } from './presence.ts'
import { parseReportTopic } from './report-topic.ts'

/** Real milliseconds in which a caller has to say who it is. */
const connectMs = 10_000

/** The broker of aedes with the rules of the site: lets in, refuses, counts. Lives in a process of its own. */
export class BrokerServer {
  readonly #options: BrokerOptions
  readonly #outbox: Outbox
  readonly #access: Access
  readonly #roll: Roll
  readonly #connections = new WeakMap<Client, Connection>()
  readonly #sockets = new Set<Socket>()
  /** Last wills: published by the broker for a client that is gone. */
  readonly #wills = new WeakSet<object>()
  #logins: DeviceLogins | null = null
  #aedes: Aedes | null = null
  #server: Server | null = null

  constructor(options: BrokerOptions, outbox: Outbox) {
    this.#options = options
    this.#outbox = outbox
    this.#access = createAccess(options.settings)
    this.#roll = createRoll(outbox)
  }

  /** Returns the port. Throws a sentence that says what to correct. */
  async start(): Promise<number> {
    const { logins } = this.#options.settings
    if (logins) this.#logins = await openDeviceLogins(logins)
    const aedes = await Aedes.createBroker({
      connectTimeout: connectMs,
      maxClientsIdLength: 128,
      preConnect: (client, packet, done) => this.#announced(client, packet, done),
      authenticate: (client, ...[username, password, done]) => {
        void this.#letIn(client, { username, password }).then(
          (refusal) => done(refusal, refusal === null),
          () => done(null, false),
        )
      },
      authorizePublish: (client, packet, done) => this.#published(client, packet, done),
      authorizeSubscribe: (client, asked, done) => done(null, this.#grantOf(client, asked)),
      authorizeForward: (client, packet) => this.#delivered(client, packet),
    })
    aedes.on('keepaliveTimeout', (client) => this.#willEnd(client, 'MQTT_KEEP_ALIVE_TIMEOUT'))
    aedes.on('clientError', (client, error) => this.#failed(client, error))
    aedes.on('connectionError', (client, error) => this.#failed(client, error))
    this.#aedes = aedes
    this.#server = await startListener(this.#options, {
      called: (caller) => this.#accept(aedes, caller),
      failed: (address, detail) => this.#reject('malformed', `TLS from ${address}: ${detail}`),
      dropped: (address) => {
        this.#reject('overload', `a connection from ${address}: there are as many as there may be`)
      },
    })
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends all connections; what they still did is told. */
  async stop(): Promise<void> {
    const server = this.#server
    const closed = server ? once(server, 'close') : Promise.resolve()
    server?.close()
    for (const connection of this.#roll.all())
      this.#roll.end(connection, 'SERVER_INITIATED_DISCONNECT')
    for (const socket of this.#sockets) socket.destroy()
    await closed
    await new Promise<void>((resolve) => (this.#aedes ? this.#aedes.close(resolve) : resolve()))
  }

  /** Publishes in the broker's own name. */
  publish(topic: string, payload: Uint8Array): void {
    const packet = { cmd: 'publish', qos: 0, retain: false, dup: false } as const
    this.#aedes?.publish({ ...packet, topic, payload: Buffer.from(payload) }, () => undefined)
  }

  kick(clientId: string): void {
    const connection = this.#roll.find(clientId)
    if (!connection) return
    connection.endReason = 'API_INITIATED_DISCONNECT'
    connection.socket.destroy()
  }

  #accept(aedes: Aedes, caller: Caller): void {
    const { socket, address, isRogue } = caller
    const isWelcome = this.#access.mayUseAddress(address) && !isRogue
    if (!isWelcome) {
      this.#outbox.tell({ kind: 'refused', party: { ...nobody, address } })
      socket.on('error', () => undefined).destroy()
      return
    }
    this.#sockets.add(socket)
    const client = aedes.handle(socket)
    const begun = { claimed: null, session: null, isRefused: false, endReason: null }
    const connection: Connection = { ...caller, ...begun, client }
    this.#connections.set(client, connection)
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#roll.end(connection, reasonOf(client))
    })
    socket.on('readable', () => this.#refuseLargePacket(connection))
  }

  /** Aedes would gather up to 256 MB before it looks. Its parser knows the length from the first bytes. */
  #refuseLargePacket(connection: Connection): void {
    const { _parser } = connection.client as unknown as {
      _parser?: { packet?: { length?: number } }
    }
    const bytes = _parser?.packet?.length ?? 0
    const most = this.#options.largestPacketBytes
    if (bytes <= most || connection.isRefused) return
    connection.isRefused = true
    connection.endReason = 'CLIENT_ERROR'
    const device = this.#deviceOf(connection)
    const detail = `a packet of ${bytes} bytes; the most is ${most}`
    this.#outbox.tell({ kind: 'rejected', device, reason: 'oversized', detail })
    connection.socket.destroy()
  }

  /** A CONNECT packet came. It waits here while the station has no room. */
  #announced(
    client: Client,
    packet: ConnectPacket,
    done: (error: Error | null, isKnown: boolean) => void,
  ): void {
    const connection = this.#connections.get(client)
    if (!connection) return done(new Error('unknown connection'), false)
    const { clientId, username, protocolVersion } = packet as ConnectPacket & {
      protocolVersion: number
    }
    connection.claimed = { clientId: clientId || null, username: username || null }
    if (packet.will) this.#wills.add(packet.will)
    if (protocolVersion === 5) {
      connection.isRefused = true
      const detail = `${JSON.stringify(clientId)} speaks MQTT 5; the embedded broker speaks 3.1 and 3.1.1`
      this.#reject('unsupported-protocol', detail)
    }
    this.#outbox.whenRoom(() => done(null, true))
  }

  /** Resolves with null where the client may come in. */
  async #letIn(client: Client, login: Login): Promise<AuthenticateError | null> {
    const connection = this.#connections.get(client)
    if (!connection?.claimed) throw new Error('no CONNECT packet came')
    const rules = { settings: this.#options.settings, access: this.#access, logins: this.#logins }
    const admission = await admit(rules, connection, login)
    if (admission.isAdmitted) {
      const { party } = admission
      this.#roll.open(connection, party, this.#access.namesOf(party))
      // It left while its login was looked at: it was here, though aedes will not tell of it.
      if (client.closed) this.#roll.end(connection, 'CONNECTION_LOST')
      return null
    }
    connection.isRefused = true
    const { address, certificateName, claimed } = connection
    if (admission.isBadName) this.#reject('bad-device-name', admission.error.message)
    else this.#outbox.tell({ kind: 'refused', party: { ...claimed, certificateName, address } })
    return admission.error
  }

  #published(
    client: Client | null,
    packet: PublishPacket,
    done: (error?: Error | null) => void,
  ): void {
    const connection = client ? this.#connections.get(client) : undefined
    const session = connection?.session
    if (!connection || !session) return done(null)
    const mayPublish = this.#access.mayPublish(session.names, packet.topic)
    if (this.#wills.has(packet)) return done(mayPublish ? null : new Error('may not be published'))
    if (!mayPublish) return this.#deny(connection, packet, done)
    // A duplicate is the same message once more.
    if (!packet.dup) {
      tallySent(session.tally, packet.payload.length)
      this.#handOn(session, packet)
      this.#outbox.tally(session.tally)
    }
    this.#outbox.whenRoom(() => done(null))
  }

  #handOn(session: NonNullable<Connection['session']>, packet: PublishPacket): void {
    const topic = parseReportTopic(packet.topic)
    if (!topic) return
    const isSenderAllowed = this.#access.speaksFor(session.names, topic.thingName)
    if (!isSenderAllowed) session.tally.denied += 1
    const payload = Buffer.from(packet.payload)
    this.#outbox.report({ topic: packet.topic, payload, isSenderAllowed })
  }

  /** MQTT 3.1.1 knows two ways to refuse a publish: to hang up, or to take it and let nobody have it. */
  #deny(connection: Connection, packet: PublishPacket, done: (error?: Error | null) => void): void {
    this.#countDenied(connection)
    if (this.#options.settings.whenDenied === 'disconnect') {
      connection.endReason = 'FORBIDDEN_ACCESS'
      return done(new Error('may not publish there'))
    }
    packet.topic = deniedTopic
    packet.payload = Buffer.alloc(0)
    packet.retain = false
    this.#outbox.whenRoom(() => done(null))
  }

  #grantOf(client: Client, asked: Subscription): Subscription | null {
    const connection = this.#connections.get(client)
    const names = connection?.session?.names ?? []
    if (this.#access.maySubscribe(names, asked.topic)) return asked
    if (connection) this.#countDenied(connection)
    return null
  }

  #countDenied({ session }: Connection): void {
    if (!session || session.isEnded) return
    session.tally.denied += 1
    this.#outbox.tally(session.tally)
  }

  #delivered(client: Client, packet: AedesPublishPacket): AedesPublishPacket {
    const session = this.#connections.get(client)?.session
    if (session && !session.isEnded) {
      session.tally.received += 1
      this.#outbox.tally(session.tally)
    }
    return packet
  }

  #willEnd(client: Client, reason: DisconnectReason): void {
    const connection = this.#connections.get(client)
    if (connection) connection.endReason ??= reason
  }

  /** Also called for what was refused on purpose, and for connections that broke; neither is a rejection. */
  #failed(client: Client, error: Error & { code?: string }): void {
    const connection = this.#connections.get(client)
    if (!connection || connection.isRefused || connection.endReason || error.code) return
    if (ownErrors.has(error.message)) return
    connection.endReason = 'CLIENT_ERROR'
    this.#outbox.tell({
      kind: 'rejected',
      device: this.#deviceOf(connection),
      reason: 'malformed',
      detail: `from ${connection.address}: ${error.message}`,
    })
  }

  #reject(
    reason: 'malformed' | 'overload' | 'bad-device-name' | 'unsupported-protocol',
    detail: string,
  ) {
    this.#outbox.tell({ kind: 'rejected', device: null, reason, detail })
  }

  #deviceOf({ session }: Connection): string | null {
    return session ? this.#access.nameOf(session.party) : null
  }
}

/** Of aedes, about connections that ended or no longer listen: nothing was wrong with what they sent. */
const ownErrors = new Set(['connection closed', 'drain timeout', 'packet received not valid'])

const nobody: Party = { clientId: null, username: null, certificateName: null, address: null }

/** Set by aedes when a DISCONNECT packet came; there is no event for it. */
function reasonOf(client: Client): DisconnectReason {
  const { _disconnected } = client as unknown as { _disconnected?: boolean }
  return _disconnected ? 'CLIENT_INITIATED_DISCONNECT' : 'CONNECTION_LOST'
}
