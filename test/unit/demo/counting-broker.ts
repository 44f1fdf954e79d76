import { once } from 'node:events'
import { type AddressInfo, type Server, createServer } from 'node:net'
import { Aedes, type Client } from 'aedes'
import type { Clock } from '../../../src/station/ports.ts'
import { slotOf } from '../../../src/contract/model/time.ts'

/** What the broker saw of one client in one slot. */
export interface Seen {
  sizes: number[]
  received: number
  attempts: number
  disconnects: number
  failures: number
  reports: { topic: string; payload: Uint8Array }[]
}

export interface CountingBroker {
  url: string
  seen(clientId: string, slot: number): Seen
  /** Resolves when so many clients have a connection that they know of: they have subscribed. */
  untilSubscribed(clients: number): Promise<void>
  /** Resolves when so many messages have been published in all. */
  untilPublished(messages: number): Promise<void>
  close(): Promise<void>
  /** Ids of those connected now. */
  clients(): string[]
}

/** A bare broker with a station's rules that answers reports and counts by client and slot. */
export async function startCountingBroker(clock: Clock): Promise<CountingBroker> {
  const all = new Map<string, Seen>()
  const seen = (clientId: string, slot: number): Seen => {
    const place = `${clientId} ${slot}`
    const found = all.get(place) ?? newSeen()
    all.set(place, found)
    return found
  }
  const aedes = await createAedes((clientId) => seen(clientId, slotOf(clock.now())))
  const connected = new Set<string>()
  aedes.on('client', (client) => connected.add(client.id))
  aedes.on('clientDisconnect', (client) => connected.delete(client.id))
  const server = createServer(aedes.handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const published = () => [...all.values()].reduce((sum, each) => sum + each.sizes.length, 0)
  return {
    url: urlOf(server),
    seen,
    clients: () => [...connected],
    untilSubscribed: (clients) => untilSubscribed(aedes, clients),
    untilPublished: async (messages) => {
      while (published() < messages) await once(aedes, 'publish')
    },
    close: () => closeBoth(aedes, server),
  }
}

function untilSubscribed(aedes: Aedes, clients: number): Promise<void> {
  const subscribed = new Set<string>()
  return new Promise((resolve) => {
    aedes.on('subscribe', (_topics, client) => {
      if (subscribed.add(client.id).size === clients) resolve()
    })
  })
}

async function createAedes(seenNow: (clientId: string) => Seen): Promise<Aedes> {
  const aedes = await Aedes.createBroker({
    preConnect: (_client, packet, done) => {
      seenNow(packet.clientId).attempts += 1
      done(null, true)
    },
    authorizePublish: (client, packet, done) => {
      if (client === null) return done(null)
      const now = seenNow(client.id)
      if (mayPublish(client, packet.topic)) {
        now.sizes.push(packet.payload.length)
        return done(null)
      }
      now.failures += 1
      done(new Error('not its own topic'))
    },
    authorizeForward: (client, packet) => {
      seenNow(client.id).received += 1
      return packet
    },
  })
  aedes.on('clientDisconnect', (client) => (seenNow(client.id).disconnects += 1))
  aedes.on('publish', (packet, client) => {
    if (client === null || !packet.topic.startsWith('$aws/')) return
    seenNow(client.id).reports.push({ topic: packet.topic, payload: Buffer.from(packet.payload) })
    aedes.publish(answerOn(`${packet.topic}/accepted`), () => {})
  })
  return aedes
}

function mayPublish({ id }: Client, topic: string): boolean {
  return (
    id === 'site-controller' ||
    topic.startsWith(`site/${id}/`) ||
    topic.startsWith(`$aws/things/${id}/`)
  )
}

function answerOn(topic: string) {
  const payload = Buffer.from('{"status":"ACCEPTED"}')
  return { cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false } as const
}

function newSeen(): Seen {
  return { sizes: [], received: 0, attempts: 0, disconnects: 0, failures: 0, reports: [] }
}

function urlOf(server: Server): string {
  const { port } = server.address() as AddressInfo
  return `mqtt://127.0.0.1:${port}`
}

async function closeBoth(aedes: Aedes, server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  await new Promise<void>((resolve) => aedes.close(() => resolve()))
  await closed
}
