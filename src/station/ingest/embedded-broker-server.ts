import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { Aedes, type AuthenticateError, type Client, type ConnectPacket } from 'aedes'
import { admit, type Login } from './embedded-broker-admission.ts'
import { openDeviceLogins, type DeviceLogins } from './device-logins.ts'
import { announcedBytes, ownErrors, reasonOf } from './aedes-internals.ts'
import { createAccess, type Access } from './embedded-broker-access.ts'
import { createBlocks, type Blocks } from './embedded-broker-blocks.ts'
import { createRoll, type Connection, type Roll } from './embedded-broker-connection.ts'
import { startListener, type Caller } from './embedded-broker-listener.ts'
import type { Outbox } from './embedded-broker-outbox.ts'
import { createPassage, type Passage } from './embedded-broker-passage.ts'
import type { BrokerOptions, DeviceView } from './embedded-broker-protocol.ts'
import { viewOf } from './embedded-broker-view.ts'
import type { Party } from './identity.ts'
import type { DisconnectReason } from './presence.ts'
import { createPublishedTopics, type PublishedTopics } from './published-topics.ts'

/** Real milliseconds in which a caller has to say who it is. */
const connectMs = 10_000

/** The broker of aedes with the rules of the site: lets in, refuses, counts. Lives in a process of its own. */
export class BrokerServer {
  readonly #options: BrokerOptions
  readonly #outbox: Outbox
  readonly #access: Access
  readonly #blocks: Blocks
  readonly #roll: Roll
  readonly #topics: PublishedTopics
  readonly #passage: Passage
  readonly #connections = new WeakMap<Client, Connection>()
  readonly #sockets = new Set<Socket>()
  #logins: DeviceLogins | null = null
  #aedes: Aedes | null = null
  #server: Server | null = null

  constructor(options: BrokerOptions, outbox: Outbox) {
    const { settings, blocked, mostConnections } = options
    this.#options = options
    this.#outbox = outbox
    this.#access = createAccess(settings)
    this.#blocks = createBlocks(settings, this.#access)
    this.#blocks.replace(blocked)
    this.#roll = createRoll(outbox)
    this.#topics = createPublishedTopics(mostConnections)
    const rules = { settings, outbox, access: this.#access, blocks: this.#blocks }
    this.#passage = createPassage({ ...rules, topics: this.#topics })
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
      authorizePublish: (client, packet, done) => {
        const connection = client ? this.#connections.get(client) : undefined
        if (connection) this.#passage.published(connection, packet, done)
        else done(null)
      },
      authorizeSubscribe: (client, asked, done) => {
        done(null, this.#passage.granted(this.#connections.get(client), asked))
      },
      authorizeForward: (client, packet) => {
        this.#passage.delivered(this.#connections.get(client))
        return packet
      },
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
    if (connection) cutOff(connection)
  }

  /** Keeps these devices out, and no others. Who of them is there is cut off; its last will is not published. */
  block(deviceNames: readonly string[]): void {
    this.#blocks.replace(deviceNames)
    for (const connection of this.#roll.all()) {
      const { session } = connection
      if (!session || !this.#blocks.isBlocked(session.party)) continue
      connection.isBlocked = true
      cutOff(connection)
      this.#roll.end(connection, 'API_INITIATED_DISCONNECT')
    }
  }

  /** Null: it is not running. */
  async look(deviceName: string): Promise<DeviceView | null> {
    if (!this.#aedes) return null
    const seen = {
      access: this.#access,
      blocks: this.#blocks,
      roll: this.#roll,
      topics: this.#topics,
    }
    return viewOf({ settings: this.#options.settings, ...seen }, this.#aedes, deviceName)
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
    const connection = newConnection(caller, client)
    this.#connections.set(client, connection)
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#roll.end(connection, reasonOf(client))
    })
    socket.on('readable', () => this.#refuseLargePacket(connection))
  }

  /** Aedes would gather up to 256 MB before it looks. Its parser knows the length from the first bytes. */
  #refuseLargePacket(connection: Connection): void {
    const bytes = announcedBytes(connection.client)
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
    if (packet.will) this.#passage.noteWill(packet.will)
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
    const { settings } = this.#options
    const rules = { settings, access: this.#access, blocks: this.#blocks, logins: this.#logins }
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

const nobody: Party = { clientId: null, username: null, certificateName: null, address: null }

function newConnection(caller: Caller, client: Client): Connection {
  const begun = { claimed: null, session: null, endReason: null }
  return { ...caller, ...begun, isRefused: false, isBlocked: false, client }
}

function cutOff(connection: Connection): void {
  connection.endReason = 'API_INITIATED_DISCONNECT'
  connection.socket.destroy()
}
