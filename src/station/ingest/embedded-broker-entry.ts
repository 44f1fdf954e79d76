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
  else if (message.kind === 'block') running?.server.block(message.deviceNames)
  else if (message.kind === 'look') void look(message.id, message.deviceName)
  else void close()
}

async function open(options: BrokerOptions): Promise<void> {
  const outbox = new Outbox((batch) => post({ kind: 'batch', ...batch }), options.tickMs)
  const server = new BrokerServer(options, outbox)
  // At once: a device that is to be kept out from now on must not slip in while the broker is starting.
  running = { server, outbox }
  try {
    const port = await server.start()
    post({ kind: 'listening', port })
  } catch (error) {
    post({ kind: 'failed', sentence: error instanceof Error ? error.message : String(error) })
  }
}

async function look(id: number, deviceName: string): Promise<void> {
  const view = await running?.server.look(deviceName)
  if (view) post({ kind: 'looked', id, view })
}

async function close(): Promise<void> {
  await running?.server.stop()
  await running?.outbox.flush()
  post({ kind: 'closed' })
}
