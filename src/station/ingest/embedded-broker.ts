import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { Aedes, type AedesPublishPacket, type Client, type PublishPacket } from 'aedes'
import { deviceId as deviceIdSchema, type DeviceId } from '../../contract/model/device.ts'
import { StationError } from '../../contract/errors.ts'
import type { Sample } from '../datapoint.ts'
import type { EmbeddedBrokerSettings } from '../settings.ts'
import { capabilitiesOf, countedByBroker, inReports } from './capabilities.ts'
import { parseDeviceTopic } from './device-topic.ts'
import { countConnection, countOne, countSent, createMeters, drainMeters } from './meters.ts'
import { parseReportTopic } from './report-topic.ts'
import type { Source, SourceContext, SourceFacts } from './source.ts'

/** Loopback only: devices elsewhere need a broker with TLS and logins of its own. */
const address = '127.0.0.1'

/** A client's name at the broker: the identity its traffic is counted for. */
interface Identity {
  deviceId: DeviceId
  names: readonly string[]
}

/** An MQTT 3.1.1 broker inside the station. It sees all six of AWS's cloud-side metrics. */
export class EmbeddedBroker implements Source {
  readonly id: string
  readonly #settings: EmbeddedBrokerSettings
  readonly #context: SourceContext
  readonly #meters = createMeters({ seesConnections: true })
  readonly #identities = new WeakMap<Client, Identity>()
  readonly #topics
  readonly #sockets = new Set<Socket>()
  #aedes: Aedes | null = null
  #server: Server | null = null
  #messages = 0
  #lastMessageAt: number | null = null

  constructor(settings: EmbeddedBrokerSettings, context: SourceContext) {
    this.id = settings.id
    this.#settings = settings
    this.#context = context
    this.#topics = settings.deviceTopics.map(parseDeviceTopic)
  }

  async start(): Promise<void> {
    const aedes = await Aedes.createBroker({
      preConnect: (client, packet, done) => {
        const isKnown = this.#knows(client, packet)
        // Only an error closes the connection.
        done(isKnown ? null : new Error('unusable name'), isKnown)
      },
      authorizePublish: (client, packet, done) => done(this.#publishError(client, packet)),
      authorizeForward: (client, packet) => this.#delivered(client, packet),
      published: (packet, client, done) => void this.#published(packet, client).then(() => done()),
    })
    aedes.on('client', (client) => this.#connection(client, 1))
    aedes.on('clientDisconnect', (client) => this.#connection(client, -1))
    this.#aedes = aedes
    this.#server = createServer((socket) => this.#accept(aedes, socket))
    await this.#listen(this.#server)
    this.#context.changed('connected', `Devices on this machine may connect to ${this.#url()}.`)
  }

  async stop(): Promise<void> {
    const server = this.#server
    const closed = server ? once(server, 'close') : Promise.resolve()
    server?.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
    await new Promise<void>((resolve) => (this.#aedes ? this.#aedes.close(resolve) : resolve()))
    this.#context.changed('stopped', 'Stopped with the station.')
  }

  drain(): Sample[] {
    return drainMeters(this.#meters, this.#context.clock.now())
  }

  facts(): SourceFacts {
    return {
      kind: 'embedded-broker',
      address: this.#url(),
      messages: this.#messages,
      lastMessageAt: this.#lastMessageAt,
      capabilities: capabilitiesOf(({ origin }) =>
        origin === 'broker' ? countedByBroker : inReports,
      ),
    }
  }

  async #listen(server: Server): Promise<void> {
    server.listen(this.#settings.port, address)
    try {
      await once(server, 'listening')
    } catch (error) {
      const detail = `The embedded broker cannot use ${this.#url()}: ${String(error)}. Choose another port.`
      throw new StationError('PORT_TAKEN', detail)
    }
  }

  #url(): string {
    const bound = this.#server?.address()
    const port = bound && typeof bound === 'object' ? bound.port : this.#settings.port
    return `mqtt://${address}:${port}`
  }

  #accept(aedes: Aedes, socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    const client = aedes.handle(socket)
    socket.on('readable', () => this.#refuseLargePacket(client, socket))
  }

  /** Aedes would gather up to 256 MB before it looks. Its parser knows the length from the first bytes. */
  #refuseLargePacket(client: Client, socket: Socket): void {
    const { _parser } = client as unknown as { _parser?: { packet?: { length?: number } } }
    const bytes = _parser?.packet?.length ?? 0
    if (bytes <= this.#context.largestPacketBytes) return
    const detail = `a packet of ${bytes} bytes; the most is ${this.#context.largestPacketBytes}`
    const deviceId = this.#identities.get(client)?.deviceId ?? null
    this.#context.refused({ deviceId, reason: 'oversized', detail })
    socket.destroy()
  }

  /** Names the client before it is let in, so that refused attempts are counted too. */
  #knows(client: Client, packet: { clientId: string; username?: string }): boolean {
    const { clientId, username } = packet
    const parsed = deviceIdSchema.safeParse(username ?? clientId)
    if (!parsed.success) {
      const detail = 'a client id or user name that is not 1-128 printable bytes'
      this.#context.refused({ deviceId: null, reason: 'bad-device-name', detail })
      return false
    }
    const names = [clientId, ...(username === undefined ? [] : [username])]
    this.#identities.set(client, { deviceId: parsed.data, names })
    this.#count(parsed.data, 'connectionAttempts')
    return true
  }

  #connection(client: Client, change: 1 | -1): void {
    const identity = this.#identities.get(client)
    if (!identity) return
    if (change === -1) this.#count(identity.deviceId, 'disconnects')
    const at = this.#context.clock.now()
    countConnection(this.#meters, identity.deviceId, { change, at })
  }

  /** An error closes the connection: MQTT 3.1.1 has no quieter way to refuse a publish. */
  #publishError(client: Client | null, packet: PublishPacket): Error | null {
    if (!client || !this.#isForeign(client, packet.topic)) return null
    const identity = this.#identities.get(client)
    if (identity) this.#count(identity.deviceId, 'authorizationFailures')
    return new Error(`may not publish on ${packet.topic}`)
  }

  /** Topics that name a device belong to it; `$SYS` belongs to the broker. */
  #isForeign(client: Client, topic: string): boolean {
    if (topic.startsWith('$SYS/')) return true
    const owner = this.#topics.map(({ deviceOf }) => deviceOf(topic)).find((name) => name !== null)
    return owner !== undefined && owner !== null && !this.#speaksFor(client, owner)
  }

  #speaksFor(client: Client, thing: string): boolean {
    const names = this.#identities.get(client)?.names ?? []
    return names.some((name) => name === thing || this.#isGatewayOf(name, thing))
  }

  #isGatewayOf(name: string, thing: string): boolean {
    const things = this.#settings.gateways[name] ?? []
    return things.some((each) =>
      each.endsWith('*') ? thing.startsWith(each.slice(0, -1)) : thing === each,
    )
  }

  #count(deviceId: DeviceId, counter: Parameters<typeof countOne>[2]['counter']): void {
    countOne(this.#meters, deviceId, { counter, at: this.#context.clock.now() })
  }

  #delivered(client: Client, packet: AedesPublishPacket): AedesPublishPacket {
    const identity = this.#identities.get(client)
    if (identity) this.#count(identity.deviceId, 'messagesReceived')
    return packet
  }

  async #published(packet: AedesPublishPacket, client: Client | null): Promise<void> {
    const identity = client ? this.#identities.get(client) : undefined
    if (!client || !identity) return
    const now = this.#context.clock.now()
    this.#messages += 1
    this.#lastMessageAt = now
    countSent(this.#meters, identity.deviceId, { bytes: packet.payload.length, at: now })
    const topic = parseReportTopic(packet.topic)
    if (!topic) return
    const isSenderAllowed = this.#speaksFor(client, topic.thingName)
    if (!isSenderAllowed) this.#count(identity.deviceId, 'authorizationFailures')
    this.#context.desk.receive({
      sourceId: this.id,
      topic,
      payload: Buffer.from(packet.payload),
      isSenderAllowed,
      answer: (to, payload) => this.#answer(to, payload),
    })
    await this.#context.desk.hasRoom()
  }

  #answer(topic: string, payload: Uint8Array): void {
    const packet = { cmd: 'publish', qos: 0, retain: false, dup: false } as const
    this.#aedes?.publish({ ...packet, topic, payload: Buffer.from(payload) }, () => undefined)
  }
}
