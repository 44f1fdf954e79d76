import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { NotificationTarget } from '../../contract/model/mitigation.ts'
import type { Clock } from '../ports.ts'
import { unsent, withAttempts } from './attempts.ts'
import type { Notification } from './notification.ts'
import { syslogMessage } from './syslog-line.ts'

type Collector = Extract<NotificationTarget, { kind: 'syslog' }>

/** Real milliseconds for a connection and all that goes over it. */
const patienceMs = 10_000

/**
 * Sends the notification as one message of RFC 5424: over UDP (RFC 5426), where nobody says that it came, or over TCP
 * with its length before it (RFC 6587, 3.4.1). Throws NOTIFICATION_UNSENT.
 */
export function sendToSyslog(
  target: Collector,
  { message, clock }: { message: Notification; clock: Clock },
): Promise<void> {
  const { host, port, transport } = target
  const where = `${host}:${port}`
  const bytes = syslogMessage(message)
  return withAttempts(clock, async () => {
    const sending =
      transport === 'udp' ? sendDatagram(target, bytes) : sendStream(target, clock, bytes)
    await sending.catch((error: unknown) => {
      throw unsent(where, error)
    })
  })
}

async function sendDatagram({ host, port }: Collector, bytes: Buffer): Promise<void> {
  const { address, family } = await lookup(host)
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject)
      socket.send(bytes, port, address, (error) => (error ? reject(error) : resolve()))
    })
  } finally {
    socket.close()
  }
}

async function sendStream({ host, port }: Collector, clock: Clock, bytes: Buffer): Promise<void> {
  const socket = connect({ host, port })
  const cancel = clock.after(patienceMs * clock.speed, () => {
    // A collector that has it all may leave its own side open.
    if (socket.writableFinished) socket.destroy()
    else socket.destroy(Object.assign(new Error('it does not answer'), { code: 'ETIMEDOUT' }))
  })
  try {
    await once(socket, 'connect')
    // What it says is of no interest, but only what is read lets the connection come to its end.
    socket.resume()
    socket.end(Buffer.concat([Buffer.from(`${bytes.length} `), bytes]))
    await once(socket, 'close')
  } finally {
    cancel()
    socket.destroy()
  }
}
