import type { Socket } from 'node:net'
import type { MqttClient } from 'mqtt'
import { StationError } from '../../contract/errors.ts'

/** How many packets went, by MQTT's name of the type: `publish`, `puback`. */
export type PacketCounts = Map<string, number>

/** An MQTT connection that Picket makes, and what went over it in this run. */
export interface OwnLink {
  /** `Source plant`, `Test of plant`. */
  readonly name: string
  /** Of the broker. */
  readonly address: string
  readonly client: MqttClient
  readonly sent: PacketCounts
  readonly received: PacketCounts
  /** Sent since listen-only began. */
  readonly sentListening: PacketCounts
  /** Over connections that ended. */
  readonly earlier: { bytesSent: number; bytesReceived: number }
}

/** Every MQTT connection that Picket makes, and whether it may send more than it takes to listen. */
export interface OwnLinks {
  readonly open: Set<OwnLink>
  /** Station time; null while Picket may send. */
  readonly listenOnlySince: number | null
  /**
   * Counts what goes over a connection from its first packet until it is ended for good, and has its `publish` fail
   * with LISTEN_ONLY while Picket listens only.
   */
  record(client: MqttClient, what: { name: string; address: string }): void
  listenOnly(since: number | null): void
}

export function createOwnLinks(): OwnLinks {
  const open = new Set<OwnLink>()
  const links = {
    open,
    listenOnlySince: null as number | null,
    record(client: MqttClient, what: { name: string; address: string }) {
      const link = newLink(client, what)
      open.add(link)
      holdBack(client, () => links.listenOnlySince !== null)
      client.on('end', () => open.delete(link))
    },
    listenOnly(since: number | null) {
      links.listenOnlySince = since
      for (const { sentListening } of open) sentListening.clear()
    },
  }
  return links
}

/** The one gate before the wire: whatever publishes over a connection of Picket's goes through it. */
function holdBack(client: MqttClient, isListenOnly: () => boolean): void {
  const publish = client.publish.bind(client) as (...given: unknown[]) => MqttClient
  const gate = (...given: unknown[]): MqttClient => {
    if (!isListenOnly()) return publish(...given)
    const done = given.at(-1)
    if (typeof done === 'function') done(new StationError('LISTEN_ONLY'))
    return client
  }
  client.publish = gate as MqttClient['publish']
}

function newLink(client: MqttClient, what: { name: string; address: string }): OwnLink {
  const link: OwnLink = {
    ...what,
    client,
    sent: new Map(),
    received: new Map(),
    sentListening: new Map(),
    earlier: { bytesSent: 0, bytesReceived: 0 },
  }
  client.on('packetsend', ({ cmd }) => {
    count(link.sent, cmd)
    count(link.sentListening, cmd)
  })
  client.on('packetreceive', ({ cmd }) => count(link.received, cmd))
  client.on('close', () => keepBytes(link))
  return link
}

function count(counts: PacketCounts, type: string): void {
  counts.set(type, (counts.get(type) ?? 0) + 1)
}

function keepBytes({ client, earlier }: OwnLink): void {
  const { bytesSent, bytesReceived } = socketOf(client)
  earlier.bytesSent += bytesSent
  earlier.bytesReceived += bytesReceived
}

/** What the stream under a client tells; nothing where it is no socket, or not open yet. */
export function socketOf(client: MqttClient) {
  // MQTT.js types it as a stream of any kind; ours are sockets.
  const socket = client.stream as unknown as Partial<Socket> | undefined
  return {
    bytesSent: socket?.bytesWritten ?? 0,
    bytesReceived: socket?.bytesRead ?? 0,
    local: endpoint(socket?.localAddress, socket?.localPort),
    remote: endpoint(socket?.remoteAddress, socket?.remotePort),
  }
}

function endpoint(address: string | undefined, port: number | undefined): string | null {
  if (address === undefined || port === undefined) return null
  return address.includes(':') ? `[${address.replace(/%.*/, '')}]:${port}` : `${address}:${port}`
}
