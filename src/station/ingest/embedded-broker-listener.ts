import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import type { BrokerOptions } from './embedded-broker-protocol.ts'

/** A connection to the broker, before it has said who it is. */
export interface Caller {
  socket: Socket
  /** Without the port; an IPv4 address in its own form also where the listener is IPv6. */
  address: string
  /** Of a client certificate that the site's authority signed. */
  certificateName: string | null
  /** It came with a certificate that is not good. */
  isRogue: boolean
}

/** What a listener tells of connections. */
export interface ListenerEvents {
  called(caller: Caller): void
  /** Something that is no TLS handshake, or one that failed. */
  failed(address: string, detail: string): void
  /** There were as many connections as there may be. */
  dropped(address: string): void
}

/** Real milliseconds for a TLS handshake. */
const handshakeMs = 10_000

/** Listens for devices. Throws a sentence that says what to correct. */
export async function startListener(
  { settings, mostConnections }: BrokerOptions,
  events: ListenerEvents,
): Promise<Server> {
  const { address, port, tls } = settings
  const server = tls ? await createSecureServer(tls, events) : createServer()
  server.maxConnections = mostConnections
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    events.called(callerOf(socket))
  })
  server.on('drop', (data) => events.dropped(plainAddress(data?.remoteAddress)))
  server.listen(port, address)
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    throw new Error(`${address}:${port} cannot be used (${code}). Choose another port`, {
      cause: error,
    })
  }
  return server
}

async function createSecureServer(
  tls: NonNullable<BrokerOptions['settings']['tls']>,
  events: ListenerEvents,
): Promise<Server> {
  const read = async (file: string | undefined) => (file ? await readFile(file) : undefined)
  const [cert, key, ca] = await Promise.all([tls.cert, tls.key, tls.clientCa].map(read))
  const server = createTlsServer({
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(ca ? { ca } : {}),
    requestCert: ca !== undefined,
    // Bad certificates are refused by `callerOf`, so that they are counted with the address they came from.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    handshakeTimeout: handshakeMs,
  })
  server.on('tlsClientError', (error, socket) => {
    events.failed(plainAddress(socket.remoteAddress), error.message)
  })
  return server
}

function callerOf(socket: Socket): Caller {
  const address = plainAddress(socket.remoteAddress)
  if (!(socket instanceof TLSSocket)) {
    return { socket, address, certificateName: null, isRogue: false }
  }
  const subject = socket.getPeerCertificate().subject
  // Without a client certificate there is no subject: logins may do instead.
  if (!subject) return { socket, address, certificateName: null, isRogue: false }
  const name = typeof subject.CN === 'string' ? subject.CN : null
  const isGood = socket.authorized && name !== null
  return { socket, address, certificateName: isGood ? name : null, isRogue: !isGood }
}

function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '')
}
