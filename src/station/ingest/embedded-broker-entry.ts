import { listenToStation } from '../parent-port.ts'
import { Outbox } from './embedded-broker-outbox.ts'
import {
  isOfBroker,
  type BrokerOptions,
  type FromBroker,
  type ToBroker,
} from './embedded-broker-protocol.ts'
import { BrokerServer } from './embedded-broker-server.ts'

/** The embedded broker's process: it has nothing of the station but this conversation. */
const post: (message: FromBroker) => void = listenToStation((message) => {
  if (isOfBroker<ToBroker>(message)) receive(message)
})

let running: { server: BrokerServer; outbox: Outbox } | null = null

post({ kind: 'ready' })

function receive(message: ToBroker): void {
  if (message.kind === 'open') void open(message.options)
  else if (message.kind === 'ping') post({ kind: 'pong' })
  else if (message.kind === 'taken') running?.outbox.taken()
  else if (message.kind === 'publish') running?.server.publish(message.topic, message.payload)
  else if (message.kind === 'kick') running?.server.kick(message.clientId)
  else void close()
}

async function open(options: BrokerOptions): Promise<void> {
  const outbox = new Outbox((batch) => post({ kind: 'batch', ...batch }), options.tickMs)
  const server = new BrokerServer(options, outbox)
  try {
    const port = await server.start()
    running = { server, outbox }
    post({ kind: 'listening', port })
  } catch (error) {
    post({ kind: 'failed', sentence: error instanceof Error ? error.message : String(error) })
  }
}

async function close(): Promise<void> {
  await running?.server.stop()
  await running?.outbox.flush()
  post({ kind: 'closed' })
}
