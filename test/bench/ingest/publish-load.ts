import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Load, Published } from './load.ts'
import { packetsOf } from './load-packets.ts'
import {
  connectPacket,
  createTopicReader,
  disconnectPacket,
  subscribePacket,
} from './mqtt-packets.ts'
import { dealPackets, takePackets, type Ring } from './ring.ts'

const tickMs = 5

/** A connection that has more waiting than this gets nothing more: the broker is behind. */
const mostWaitingBytes = 1_000_000

/** How long answers that are still missing are waited for. */
const lastAnswersMs = 5_000

interface Sender {
  socket: Socket
  ring: Ring
}

/** Publishes for so many seconds, then waits for the last answers where there are any. */
export async function publishLoad(load: Load): Promise<Published> {
  const answered = { accepted: 0, rejected: 0 }
  const listener = load.what.kind === 'messages' ? null : await listen(load.port, answered)
  const rings = dealPackets(packetsOf(load.what)).filter(({ starts }) => starts.length > 1)
  const senders = await Promise.all(
    rings.map(async (ring) => ({ ring, socket: await open(load.port) })),
  )
  const startedAt = performance.now()
  const published = await publishFor(load, senders, answered)
  const seconds = (performance.now() - startedAt) / 1000
  for (const { socket } of senders) await close(socket)
  await lastAnswers(load, published, answered)
  if (listener) await close(listener)
  return { published, seconds, ...answered }
}

type Answered = Pick<Published, 'accepted' | 'rejected'>

async function listen(port: number, answered: Answered): Promise<Socket> {
  const socket = await open(port)
  const read = createTopicReader((topic) => {
    if (topic.endsWith('/accepted')) answered.accepted += 1
    if (topic.endsWith('/rejected')) answered.rejected += 1
  })
  socket.on('data', read)
  socket.write(subscribePacket('$aws/things/+/defender/metrics/+/+'))
  await once(socket, 'data')
  return socket
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(connectPacket(`load-${process.pid}-${socket.localPort}`))
  await once(socket, 'data')
  // Nobody reads what else may come: without this the connection would never be closed.
  socket.resume()
  return socket
}

async function close(socket: Socket): Promise<void> {
  if (socket.destroyed) return
  const closed = once(socket, 'close')
  socket.end(disconnectPacket)
  await closed
}

async function publishFor(load: Load, senders: Sender[], answered: Answered): Promise<number> {
  const startedAt = performance.now()
  let published = 0
  for (let elapsed = 0; elapsed < load.seconds; elapsed = (performance.now() - startedAt) / 1000) {
    const missing = published - answered.accepted - answered.rejected
    const due =
      'perSecond' in load.pace
        ? Math.floor(elapsed * load.pace.perSecond) - published
        : load.pace.unanswered - missing
    published += send(senders, due, published)
    await pause(tickMs)
  }
  return published
}

/**
 * Sends as many packets as are due and the connections take; returns how many. Where there are fewer than
 * connections, `turn` sees to it that each gets its share in the long run.
 */
function send(senders: readonly Sender[], due: number, turn: number): number {
  let sent = 0
  for (const [place, { socket, ring }] of senders.entries()) {
    const rank = (place + senders.length - (turn % senders.length)) % senders.length
    let share = Math.floor((due + senders.length - 1 - rank) / senders.length)
    while (share > 0 && socket.writableLength < mostWaitingBytes) {
      const { bytes, count } = takePackets(ring, share)
      socket.write(bytes)
      share -= count
      sent += count
    }
  }
  return sent
}

async function lastAnswers({ pace }: Load, published: number, answered: Answered): Promise<void> {
  if ('perSecond' in pace) return
  const giveUpAt = performance.now() + lastAnswersMs
  while (answered.accepted + answered.rejected < published && performance.now() < giveUpAt) {
    await pause(tickMs)
  }
}
