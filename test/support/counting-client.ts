import { once } from 'node:events'
import { connect as connectSocket, type Socket } from 'node:net'
import { MqttClient, type IClientOptions, type IClientPublishOptions } from 'mqtt'
import { until } from './poll.ts'
import { noCounts, type Counts } from './watched-source.ts'

/** Clients of a broker on this machine that keep the books on what they do. */
export interface CountingFleet {
  /** What each device did so far, the six metrics of the broker's side. */
  ledger: Map<string, Counts>
  connect(device: string, options?: ConnectOptions): Promise<CountingClient>
  /** Tries to log in and is refused. */
  beRefused(device: string, options?: ConnectOptions): Promise<void>
  /** Ends what is still connected, without keeping books. */
  end(): Promise<void>
}

export interface ConnectOptions extends IClientOptions {
  /** The loopback address to connect from, such as 127.0.0.7. */
  from?: string
}

export interface CountingClient {
  client: MqttClient
  counts: Counts
  publish(topic: string, payload: string, options?: IClientPublishOptions): Promise<void>
  /** The broker refuses to take it. The client is none the wiser. */
  publishDenied(topic: string, payload: string): Promise<void>
  subscribe(filter: string): Promise<void>
  /** The broker refuses it, and says so. */
  subscribeDenied(filter: string): Promise<void>
  /** So many messages have come since it connected. */
  hasReceived(messages: number): Promise<void>
  /** Says goodbye. */
  end(): Promise<void>
  /** Cuts the wire. */
  drop(): Promise<void>
  /** Waits until somebody else ended the connection. */
  hasEnded(): Promise<void>
}

export function createCountingFleet(port: number): CountingFleet {
  const ledger = new Map<string, Counts>()
  const open = new Set<MqttClient>()

  function countsOf(device: string): Counts {
    const counts = ledger.get(device) ?? { ...noCounts }
    ledger.set(device, counts)
    return counts
  }

  function attempt(device: string, { from = '127.0.0.1', ...options }: ConnectOptions) {
    countsOf(device).attempts += 1
    const client = new MqttClient(
      () => connectSocket({ port, host: '127.0.0.1', localAddress: from }),
      { clientId: device, username: device, password: device, reconnectPeriod: 0, ...options },
    )
    client.on('error', () => undefined)
    open.add(client)
    return client
  }

  async function beRefused(device: string, options: ConnectOptions = {}): Promise<void> {
    const client = attempt(device, options)
    const error = await new Promise<Error & { code?: unknown }>((resolve) =>
      client.once('error', resolve),
    )
    if (error.code === undefined) throw error
    countsOf(device).failures += 1
    await client.endAsync(true)
  }

  async function connect(device: string, options: ConnectOptions = {}): Promise<CountingClient> {
    const client = attempt(device, options)
    const counted = countingClient(client, countsOf(device))
    await until(`${device} is connected`, () => client.connected)
    return counted
  }

  async function end(): Promise<void> {
    await Promise.all([...open].map((client) => client.endAsync(true)))
  }

  return { ledger, connect, beRefused, end }
}

function countingClient(client: MqttClient, counts: Counts): CountingClient {
  let received = 0
  let isOver = false
  client.on('message', () => {
    received += 1
    counts.received += 1
  })
  client.once('connect', () =>
    client.once('close', () => {
      isOver = true
      counts.disconnects += 1
    }),
  )
  const hasEnded = async () => void (await until('the connection ended', () => isOver))

  return {
    client,
    counts,
    hasEnded,
    async publish(topic, payload, options = { qos: 1 }) {
      counts.sent += 1
      counts.bytes += Buffer.byteLength(payload)
      counts.largest = Math.max(counts.largest, Buffer.byteLength(payload))
      await client.publishAsync(topic, payload, options)
    },
    async publishDenied(topic, payload) {
      counts.failures += 1
      await client.publishAsync(topic, payload, { qos: 1 })
    },
    async subscribe(filter) {
      await client.subscribeAsync(filter, { qos: 1 })
    },
    async subscribeDenied(filter) {
      counts.failures += 1
      const refused = await client.subscribeAsync(filter).then(
        () => null,
        (error: Error) => error,
      )
      if (!refused) throw new Error(`the broker granted ${filter}`)
    },
    async hasReceived(messages) {
      await until(`${messages} messages have come`, () => received >= messages)
    },
    async end() {
      await client.endAsync()
      await hasEnded()
    },
    async drop() {
      client.stream.destroy()
      await hasEnded()
    },
  }
}

/** A connection that speaks MQTT byte by byte, for what a client library would not do. */
export async function openRaw(port: number, from = '127.0.0.1'): Promise<Socket> {
  const socket = connectSocket({ port, host: '127.0.0.1', localAddress: from })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** CONNECT of MQTT 3.1.1 with a clean session. */
export function connectPacket(
  clientId: string,
  {
    keepalive = 60,
    username,
    password,
  }: { keepalive?: number; username?: string; password?: string } = {},
): Buffer {
  const flags = 2 | (username === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40)
  const words = [clientId, username, password].filter((word) => word !== undefined)
  const head = Buffer.from([4, flags, keepalive >> 8, keepalive & 255])
  return packet(0x10, [text('MQTT'), head, ...words.map(text)])
}

export function publishPacket(
  topic: string,
  payload: string,
  { qos = 0, isDuplicate = false, messageId = 1 } = {},
): Buffer {
  const first = 0x30 | (isDuplicate ? 8 : 0) | (qos << 1)
  const id = qos === 0 ? [] : [Buffer.from([messageId >> 8, messageId & 255])]
  return packet(first, [text(topic), ...id, Buffer.from(payload)])
}

export function subscribePacket(filter: string): Buffer {
  return packet(0x82, [Buffer.from([0, 1]), text(filter), Buffer.from([0])])
}

export function unsubscribePacket(filter: string): Buffer {
  return packet(0xa2, [Buffer.from([0, 1]), text(filter)])
}

/** Sends packets one after the other, each once the one before was answered: CONNACK, SUBACK and the like. */
export async function exchange(socket: Socket, ...packets: Buffer[]): Promise<void> {
  for (const each of packets) {
    socket.write(each)
    await once(socket, 'data')
  }
}

function packet(first: number, parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([first, ...lengthOf(body.length)]), body])
}

function lengthOf(bytes: number): number[] {
  return bytes < 128 ? [bytes] : [(bytes % 128) | 128, ...lengthOf(Math.floor(bytes / 128))]
}

function text(words: string): Buffer {
  const bytes = Buffer.from(words)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
}
