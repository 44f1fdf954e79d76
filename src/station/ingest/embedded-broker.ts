import { deviceId as deviceIdSchema } from '../../contract/model/device.ts'
import { slotMs } from '../../contract/model/time.ts'
import type { Sample } from '../datapoint.ts'
import { EngineSupervisor } from '../engine/supervisor.ts'
import type { EmbeddedBrokerSettings } from '../settings.ts'
import { capabilitiesOf, countedByBroker, inReports } from './capabilities.ts'
import {
  isOfBroker,
  type BrokerEntry,
  type BrokerReport,
  type DeviceView,
  type FromBroker,
  type Tally,
  type ToBroker,
} from './embedded-broker-protocol.ts'
import { parseReportTopic } from './report-topic.ts'
import { isProved } from './embedded-broker-access.ts'
import { createQuestions } from './embedded-broker-questions.ts'
import type { DeviceSeen, Source, SourceContext, SourceFacts } from './source.ts'

/** Real milliseconds that the broker gathers counts for: little against a slot, at whatever pace the clock runs. */
const longestTickMs = 250
const shortestTickMs = 5
const ticksPerSlot = 200

/** Real milliseconds that a broker has to tell what it still knows. */
const farewellMs = 2000

/** An MQTT 3.1.1 broker in a process of its own. It sees all six of AWS's cloud-side metrics. */
export class EmbeddedBroker implements Source {
  readonly id: string
  readonly #settings: EmbeddedBrokerSettings
  readonly #context: SourceContext
  readonly #supervisor: EngineSupervisor
  readonly #questions: ReturnType<typeof createQuestions>
  /** Devices that are kept out, whatever becomes of the broker's process: each new one is told before it listens. */
  readonly #blocked = new Set<string>()
  #port: number
  #started = Promise.withResolvers<void>()
  #closed = Promise.withResolvers<void>()
  #isListening = false
  #isStopping = false
  #messages = 0
  #lastMessageAt: number | null = null

  constructor(settings: EmbeddedBrokerSettings, context: SourceContext) {
    this.id = settings.id
    this.#settings = settings
    this.#context = context
    this.#port = settings.port
    this.#supervisor = new EngineSupervisor({
      host: context.processes,
      program: 'embedded-broker',
      clock: context.hostClock,
      log: context.log,
      role: 'The embedded broker',
      ping: () => this.#post({ kind: 'ping' }),
      isBusy: () => false,
      receive: (message) => {
        if (isOfBroker<FromBroker>(message)) this.#receive(message)
      },
      lost: (sentence) => this.#lost(sentence),
      changed: () => undefined,
    })
    this.#questions = createQuestions(context.hostClock, (id, deviceName) =>
      this.#post({ kind: 'look', id, deviceName }),
    )
    context.observations.measures(allCounters)
  }

  /** Resolves once the broker listens, or has said why it cannot; then it is tried again for ever. */
  async start(): Promise<void> {
    this.#context.changed('connecting', 'The embedded broker is starting.')
    this.#supervisor.start()
    await this.#started.promise
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    if (this.#isListening) {
      this.#post({ kind: 'close' })
      const giveUp = setTimeout(() => this.#closed.resolve(), farewellMs)
      await this.#closed.promise
      clearTimeout(giveUp)
    }
    await this.#supervisor.stop()
    this.#context.changed('stopped', 'Stopped with the station.')
  }

  drain(): Sample[] {
    return this.#context.observations.drain(this.#context.clock.now())
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

  /** Ends the connection of a client. It may come back. */
  kick(clientId: string): void {
    this.#post({ kind: 'kick', clientId })
  }

  /** Keeps a device out until it is unblocked, also one that is not there yet. May be called before `start`. */
  block(deviceName: string): void {
    this.#blocked.add(deviceName)
    this.#post({ kind: 'block', deviceNames: [...this.#blocked] })
  }

  unblock(deviceName: string): void {
    this.#blocked.delete(deviceName)
    this.#post({ kind: 'block', deviceNames: [...this.#blocked] })
  }

  /** Resolves once all that was asked of the broker before is done. Throws BROKER_UNREACHABLE. */
  async look(deviceName: string): Promise<DeviceView> {
    const view = this.#isListening ? await this.#questions.ask(deviceName) : null
    // Nobody is connected to a broker that is not running; the next one is told of the blocks before it listens.
    const isBlocked = this.#blocked.has(deviceName)
    return view ?? { isBlocked, sessions: [], gateways: [], audience: null }
  }

  /** Devices have to prove who they are. */
  get isProved(): boolean {
    return isProved(this.#settings)
  }

  /** A client id of Picket itself. */
  isOwnClient(clientId: string): boolean {
    return this.#context.ownClients.has(clientId)
  }

  async audience({ deviceId }: Pick<DeviceSeen, 'deviceId'>): Promise<DeviceView['audience']> {
    const { audience } = await this.look(deviceId)
    return audience?.filter(({ client }) => !this.isOwnClient(client)) ?? null
  }

  #post(message: ToBroker): void {
    this.#supervisor.post(message)
  }

  #receive(message: FromBroker): void {
    if (message.kind === 'ready') this.#open()
    else if (message.kind === 'pong') this.#supervisor.alive()
    else if (message.kind === 'listening') this.#listening(message.port)
    else if (message.kind === 'failed')
      this.#supervisor.replace(`cannot start: ${message.sentence}`)
    else if (message.kind === 'batch') void this.#take(message)
    else if (message.kind === 'looked') this.#questions.answer(message.id, message.view)
    else this.#closed.resolve()
  }

  #open(): void {
    const { hostClock, largestPacketBytes, mostConnections } = this.#context
    const slotRealMs = slotMs / hostClock.speed
    const tickMs = Math.min(longestTickMs, Math.max(shortestTickMs, slotRealMs / ticksPerSlot))
    // Devices know the port by now: a broker that comes back must have the same.
    const settings = { ...this.#settings, port: this.#port }
    const options = { settings, largestPacketBytes, mostConnections, tickMs }
    this.#post({ kind: 'open', options: { ...options, blocked: [...this.#blocked] } })
  }

  #listening(port: number): void {
    this.#port = port
    this.#isListening = true
    this.#context.changed('connected', `Devices may connect to ${this.#url()}.`)
    this.#started.resolve()
  }

  #lost(sentence: string): void {
    this.#isListening = false
    this.#questions.abandon()
    this.#closed.resolve()
    this.#started.resolve()
    if (this.#isStopping) return
    this.#context.observations.sessionsLost()
    this.#context.changed('disconnected', sentence)
  }

  /** The next batch comes once this one is counted and its reports have found room. */
  async #take({ entries, reports }: { entries: BrokerEntry[]; reports: BrokerReport[] }) {
    const at = this.#context.clock.now()
    for (const entry of entries) this.#observe(entry, at)
    for (const report of reports) this.#handOn(report)
    await this.#context.desk.hasRoom()
    this.#post({ kind: 'taken' })
  }

  #observe(entry: BrokerEntry, at: number): void {
    const { observations } = this.#context
    if (entry.kind === 'counted') this.#count(entry, at)
    else if (entry.kind === 'connected') observations.connected(entry.party, at)
    else if (entry.kind === 'refused') observations.refused(entry.party, at)
    else if (entry.kind === 'disconnected') {
      observations.disconnected(entry.clientId, at, entry.reason)
    } else this.#refuse(entry)
  }

  #count({ clientId, sizes, received, denied }: Tally, at: number): void {
    const { observations } = this.#context
    if (sizes.count > 0) {
      this.#messages += sizes.count
      this.#lastMessageAt = at
      observations.sentMany(clientId, at, sizes)
    }
    if (received > 0) observations.received(clientId, at, received)
    for (let count = 0; count < denied; count += 1) observations.denied(clientId, at)
  }

  #refuse(entry: BrokerEntry & { kind: 'rejected' | 'untold' }): void {
    if (entry.kind === 'rejected') {
      const { device, reason, detail } = entry
      const deviceId = device === null ? null : deviceIdSchema.parse(device)
      return this.#context.refused({ deviceId, reason, detail })
    }
    const detail = 'more was refused than could be told one by one'
    for (let count = 0; count < entry.times; count += 1) {
      this.#context.refused({ deviceId: null, reason: 'overload', detail })
    }
  }

  #handOn({ topic, payload, isSenderAllowed }: BrokerReport): void {
    const parsed = parseReportTopic(topic)
    if (!parsed) return
    this.#context.desk.receive({
      sourceId: this.id,
      topic: parsed,
      payload,
      isSenderAllowed,
      answer: (to, answer) => this.#answer(to, answer),
    })
  }

  /** Not where Picket is to listen only: a broker of its own sends devices no answer of its own then. */
  #answer(topic: string, payload: Uint8Array): void {
    if (this.#context.links.listenOnlySince === null)
      this.#post({ kind: 'publish', topic, payload })
  }

  #url(): string {
    const { address, tls } = this.#settings
    const host = address.includes(':') ? `[${address}]` : address
    return `${tls ? 'mqtts' : 'mqtt'}://${host}:${this.#port}`
  }
}

const allCounters = [
  'messagesSent',
  'messagesReceived',
  'connectionAttempts',
  'disconnects',
  'authorizationFailures',
] as const
