import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import type { MqttLinkSettings } from '../settings.ts'
import { loginOptions } from './link-credentials.ts'
import type { SourceContext, SourceFacts } from './source.ts'

const firstRetryMs = 500
const longestRetryMs = 30_000

/** How long a subscription that was refused rests before it is asked for again. */
const askAgainMs = 60_000

/** A message that came over a link. */
export interface LinkMessage {
  topic: string
  payload: Uint8Array
  /** It was published at some earlier time, which nobody knows; subscribing brought it. */
  isRetained: boolean
}

/** What watches through a link. */
export interface LinkWatcher {
  /** What to subscribe to. No two may match the same topic, or a broker may deliver twice. */
  filters: readonly string[]
  /** Takes a message. Nothing more is read before the promise resolves: the whole back-pressure there is. */
  take(message: LinkMessage): void | Promise<void>
  /** From now on messages of all filters but the refused arrive. Returns what to add to the sentence, or ''. */
  watching?(refused: readonly string[]): string
  /** From now on nothing arrives. */
  lost?(): void
}

/**
 * The connection to a broker of somebody else's: TLS, login, subscriptions, and going on for ever with back-off.
 * It tells the station when nothing is seen, and why. Publishes nothing of its own accord.
 */
export class MqttLink {
  readonly #settings: MqttLinkSettings
  readonly #context: SourceContext
  readonly #watcher: LinkWatcher
  readonly #clientId: string
  #client: MqttClient | null = null
  #retryMs = firstRetryMs
  #lastError: string | null = null
  #messages = 0
  #lastMessageAt: number | null = null
  /** Filters that have no answer yet, or were refused. */
  #missing = new Set<string>()
  #doNotAskAgain: () => void = () => undefined
  #sentence = ''
  /** Counts connections, so that answers to an earlier one are known as such. */
  #connection = 0

  constructor(settings: MqttLinkSettings, context: SourceContext, watcher: LinkWatcher) {
    this.#settings = settings
    this.#context = context
    this.#watcher = watcher
    this.#clientId = settings.clientId ?? `picket-${Math.random().toString(16).slice(2, 10)}`
  }

  /** Starts to connect. Throws where a file of the settings cannot be read. */
  async start(): Promise<void> {
    const { url } = this.#settings
    this.#context.changed('connecting', `Connecting to ${url}.`)
    this.#context.ownClients.add(this.#clientId)
    const client = connect(url, { ...(await this.#options()), manualConnect: true })
    this.#client = client
    this.#context.links.record(client, { name: `Source ${this.#settings.id}`, address: url })
    client.handleMessage = (packet, done) => this.#take(packet, done)
    client.on('connect', () => void this.#connected(client))
    client.on('close', () => this.#lost(client))
    client.on('error', (error) => this.#failed(error))
    client.connect()
  }

  async stop(): Promise<void> {
    this.#doNotAskAgain()
    await this.#client?.endAsync(true)
    this.#client = null
    this.#context.changed('stopped', 'Stopped with the station.')
  }

  /** Connects anew at once: a connection that outlived the machine's sleep would be missed after minutes only. */
  recheck(): void {
    const client = this.#client
    if (!client) return
    this.#retryMs = firstRetryMs / 2
    if (client.stream.destroyed) client.reconnect()
    else client.stream.destroy()
  }

  /** Sends at QoS 0, or not at all where there is no connection, or Picket is to listen only. */
  publish(topic: string, payload: Uint8Array): void {
    this.#client?.publish(topic, Buffer.from(payload), { qos: 0 })
  }

  /** Tells people something that was found out while connected, after what is told anyway. */
  tell(addition: string): void {
    if (this.#client?.connected) this.#context.changed('connected', this.#sentence + addition)
  }

  /** Messages that were not retained. */
  facts(): Pick<SourceFacts, 'address' | 'messages' | 'lastMessageAt'> {
    const { url: address } = this.#settings
    return { address, messages: this.#messages, lastMessageAt: this.#lastMessageAt }
  }

  async #options(): Promise<IClientOptions> {
    const credentials = await this.#context.credentials(this.#settings)
    return {
      reconnectPeriod: firstRetryMs,
      // Without this MQTT.js gives up for ever after one refused login.
      reconnectOnConnackError: true,
      // Subscribed again here, where the answers are looked at.
      resubscribe: false,
      queueQoSZero: false,
      clean: true,
      clientId: this.#clientId,
      ...loginOptions(this.#settings, credentials),
    }
  }

  async #connected(client: MqttClient): Promise<void> {
    this.#connection += 1
    this.#missing = new Set(this.#watcher.filters)
    this.#lastError = 'it ended the connection when Picket subscribed: is it allowed to?'
    await this.#subscribe(client)
  }

  /** One packet a filter: MQTT.js does not tell which of several was refused, and AWS takes no more than 8. */
  async #subscribe(client: MqttClient): Promise<void> {
    const connection = this.#connection
    const asked = [...this.#missing]
    const granted = await Promise.all(asked.map((filter) => this.#isGranted(client, filter)))
    if (this.#connection !== connection || !client.connected) return
    this.#missing = new Set(asked.filter((_, index) => !granted[index]))
    this.#retryMs = firstRetryMs
    this.#lastError = null
    client.options.reconnectPeriod = firstRetryMs
    this.#answered(client)
  }

  async #isGranted(client: MqttClient, filter: string): Promise<boolean> {
    try {
      // QoS 0 loses least: with QoS 1 a broker's in-flight window overflows under load.
      await client.subscribeAsync(filter, { qos: 0 })
      return true
    } catch (error) {
      const { id: source } = this.#settings
      this.#context.log.warn({ source, filter, error: String(error) }, 'A subscription was refused')
      return false
    }
  }

  #answered(client: MqttClient): void {
    const refused = [...this.#missing]
    const isBlind = refused.length === this.#watcher.filters.length && refused.length > 0
    if (refused.length > 0) this.#planToAskAgain(client)
    if (isBlind) {
      this.#context.changed('disconnected', `${refusal(refused)} Nothing is seen until then.`)
      return
    }
    const addition = this.#watcher.watching?.(refused) ?? ''
    this.#sentence = sentenceOfGrants(refused) + this.#certificateSentence()
    this.#context.changed('connected', this.#sentence + addition)
  }

  #planToAskAgain(client: MqttClient): void {
    this.#doNotAskAgain = this.#context.hostClock.after(askAgainMs, () => {
      if (client.connected) void this.#subscribe(client)
    })
  }

  #certificateSentence(): string {
    return this.#settings.trustAnyCertificate
      ? " The broker's certificate is not checked, because the settings say so: anybody on the way may read and change everything."
      : ''
  }

  #lost(client: MqttClient): void {
    this.#doNotAskAgain()
    this.#connection += 1
    this.#watcher.lost?.()
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
    client.options.reconnectPeriod = this.#retryMs
    const reason = this.#lastError ? ` (${this.#lastError})` : ''
    this.#context.changed(
      'disconnected',
      `No connection to ${this.#settings.url}${reason}. Nothing it carries is seen. Picket goes on trying.`,
    )
  }

  /** `close` follows and tells; the reason is only known here. */
  #failed(error: Error): void {
    this.#lastError = error.message
    const facts = { source: this.#settings.id, error: error.message }
    this.#context.log.warn(facts, 'The broker cannot be reached')
  }

  /** MQTT.js reads nothing more until `done` is called. */
  #take({ topic, payload, retain }: IPublishPacket, done: () => void): void {
    if (!retain) {
      this.#messages += 1
      this.#lastMessageAt = this.#context.clock.now()
    }
    const taken = this.#handOn({ topic, payload: Buffer.from(payload), isRetained: retain })
    if (taken) void taken.then(done, done)
    else done()
  }

  /** Whatever a message does to its reader, it must not end the station. */
  #handOn(message: LinkMessage): void | Promise<void> {
    try {
      return this.#watcher.take(message)
    } catch (error) {
      const stack = error instanceof Error ? error.stack : String(error)
      this.#context.log.error({ error: stack }, 'A message could not be read')
      const detail = 'a message could not be read'
      this.#context.refused({ deviceId: null, reason: 'malformed', detail })
    }
  }
}

function sentenceOfGrants(refused: readonly string[]): string {
  return refused.length === 0 ? 'Connected and watching.' : refusal(refused)
}

function refusal(refused: readonly string[]): string {
  return `Connected, but the broker does not let Picket read ${refused.join(', ')}. Allow it in the broker's access list.`
}
