import { once } from 'node:events'
import { createServer } from 'node:net'
import { Aedes, type Client } from 'aedes'

/**
 * A broker that tells of real clients as EMQX does: its system topics, and what Picket's rule would republish. It
 * lets in whose password is its user name, and lets nobody near `forbidden/...`. Who subscribes to `deadly/...` is
 * disconnected, as AWS IoT does with what its policy does not allow.
 */
export interface EmqxStandIn {
  port: number
  url: string
  /** Picket's rule is there. */
  hasRule: boolean
  /** When it tells that a connection was taken over: EMQX 5.8 before, 5.9 after the new one, 4 not at all. */
  takeovers: 'before' | 'after' | 'never'
  /** `forbidden/...` may be subscribed to after all. */
  isLenient: boolean
  /** Ends a connection as an operator would. */
  kick(clientId: string): void
  /** Publishes as the broker itself. */
  publish(topic: string, payload: string): void
  /** Ends all connections and takes no new ones. */
  stopListening(): void
  stop(): Promise<void>
}

interface Connection {
  client: Client
  username: string
  connectedAt: number
  end: string | null
}

/** Erlang's `undefined`, as EMQX writes it. */
const undefinedWord = 'undefined'

const isForbidden = (topic: string) => topic.startsWith('forbidden/')
const isOwn = (topic: string) => topic.startsWith('$picket/') || topic.startsWith('$SYS/')

export async function startEmqxStandIn(): Promise<EmqxStandIn> {
  const broker = await Aedes.createBroker()
  const server = createServer(broker.handle)
  const connections = new Map<string, Connection>()
  /** Ends that are told once the new connection was. */
  const owed = new Map<string, () => void>()
  let ticks = 1_790_000_000_000

  const standIn: EmqxStandIn = {
    port: 0,
    url: '',
    hasRule: true,
    takeovers: 'before',
    isLenient: false,
    kick(clientId) {
      const connection = connections.get(clientId)
      if (connection) connection.end = 'kicked'
      connection?.client.close()
    },
    publish,
    stopListening() {
      server.close()
      for (const { client } of connections.values()) client.close()
    },
    async stop() {
      await new Promise<void>((resolve) => broker.close(() => resolve()))
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }

  function publish(topic: string, payload: string): void {
    const packet = { cmd: 'publish', qos: 0, dup: false, retain: false } as const
    broker.publish({ ...packet, topic, payload: Buffer.from(payload) }, () => undefined)
  }

  function tellByRule(event: string, fields: object): void {
    if (!standIn.hasRule) return
    const selected = {
      picket: 1,
      event,
      username: undefinedWord,
      peername: undefinedWord,
      reason: undefinedWord,
      reason_code: undefinedWord,
      connected_at: undefinedWord,
      disconnected_at: undefinedWord,
      bytes: 0,
      sent_on: '',
      ...fields,
    }
    publish('$picket/ev/1', JSON.stringify(selected))
  }

  function tellBySystem(clientId: string, event: string, fields: object): void {
    const topic = `$SYS/brokers/emqx@127.0.0.1/clients/${clientId}/${event}`
    const common = { clientid: clientId, ts: ticks, sockport: 1883, proto_ver: 4, protocol: 'mqtt' }
    publish(topic, JSON.stringify({ ...common, proto_name: 'MQTT', ...fields }))
  }

  broker.authenticate = (...[client, username, password, done]) => {
    const name = username ?? undefinedWord
    const before = connections.get(client.id)
    if (name === undefinedWord || String(password) === name) {
      if (before) before.end = 'discarded'
      names.set(client, name)
      done(null, true)
      return
    }
    const fields = { clientid: client.id, username: name, peername: peerOf(client) }
    tellByRule('client.connack', { ...fields, reason_code: 'bad_username_or_password' })
    done(Object.assign(new Error('bad password'), { returnCode: 4 }), false)
  }
  const names = new WeakMap<Client, string>()

  broker.on('clientReady', (client) => {
    const username = names.get(client) ?? undefinedWord
    const connectedAt = ticks++
    connections.set(client.id, { client, username, connectedAt, end: null })
    const times = { connected_at: connectedAt }
    const peername = peerOf(client)
    tellBySystem(client.id, 'connected', { username, ipaddress: '127.0.0.1', ...times })
    tellByRule('client.connected', { clientid: client.id, username, peername, ...times })
    owed.get(client.id)?.()
    owed.delete(client.id)
  })

  broker.on('clientDisconnect', (client) => {
    const connection = connections.get(client.id)
    if (!connection || connection.client !== client) return
    connections.delete(client.id)
    const isTakeover = connection.end === 'discarded'
    const tell = () => tellEnd(client, connection)
    if (!isTakeover || standIn.takeovers === 'before') tell()
    else if (standIn.takeovers === 'after') owed.set(client.id, tell)
  })

  function tellEnd(client: Client, { username, connectedAt, end }: Connection): void {
    const saidGoodbye = Object.assign({ _disconnected: false }, client)._disconnected
    const reason = end ?? (saidGoodbye ? 'normal' : 'tcp_closed')
    const fields = { username, reason, connected_at: connectedAt, disconnected_at: ticks++ }
    tellBySystem(client.id, 'disconnected', { ipaddress: '127.0.0.1', ...fields })
    tellByRule('client.disconnected', { clientid: client.id, peername: peerOf(client), ...fields })
  }

  broker.authorizePublish = (client, packet, done) => {
    if (!client || isOwn(packet.topic)) return done(null)
    const fields = { clientid: client.id, username: names.get(client) }
    if (isForbidden(packet.topic)) {
      tellByRule('client.check_authz_complete', fields)
      // Taken, and heard by nobody.
      packet.topic = 'nobody/listens'
    } else {
      tellByRule('message.publish', {
        ...fields,
        bytes: packet.payload.length,
        sent_on: packet.topic,
      })
    }
    done(null)
  }

  broker.authorizeSubscribe = (client, subscription, done) => {
    const { topic } = subscription
    if (topic.startsWith('deadly/')) return done(new Error('not in the policy'), null)
    const isAllowed = !client || standIn.isLenient || !isForbidden(topic)
    if (isAllowed) return done(null, subscription)
    tellByRule('client.check_authz_complete', { clientid: client.id, username: names.get(client) })
    done(null, null)
  }

  broker.authorizeForward = (client, packet) => {
    if (!isOwn(packet.topic)) {
      tellByRule('message.delivered', { clientid: client.id, username: names.get(client) })
    }
    return packet
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  standIn.port = address && typeof address === 'object' ? address.port : 0
  standIn.url = `mqtt://127.0.0.1:${standIn.port}`
  return standIn
}

function peerOf(client: Client): string {
  const { remoteAddress, remotePort } = Object.assign(
    { remoteAddress: '', remotePort: 0 },
    client.conn,
  )
  return `${remoteAddress}:${remotePort}`
}
