import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { answerQuestions } from '../ingest/questions.ts'
import { publishPacket } from '../ingest/mqtt-packets.ts'

/**
 * Stands in for a broker with one subscriber: it grants every subscription, then sends prepared messages as fast as
 * they are taken. (OASIS MQTT 3.1.1, chapter 3.)
 */
const answers = { listen, play }
export type StandInAnswers = typeof answers

export interface Message {
  topic: string
  payload: string
}

/** Beyond, the subscriber is behind and gets nothing more. */
const mostWaitingBytes = 1_000_000
const tickMs = 2

const kinds = { connect: 1, subscribe: 8, pingRequest: 12 }
const connectAnswer = Buffer.from([0x20, 2, 0, 0])
const pingAnswer = Buffer.from([0xd0, 0])

let subscriber: Socket | null = null

async function listen(): Promise<number> {
  const server = createServer((socket) => {
    subscriber = socket
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => answer(socket, bytes))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  return bound && typeof bound === 'object' ? bound.port : 0
}

/** `opening` once, then whole laps for so many seconds. */
async function play(stream: {
  opening: Message[]
  lap: Message[]
  seconds: number
}): Promise<{ laps: number; seconds: number }> {
  const socket = subscriber
  if (!socket) throw new Error('nobody listens')
  socket.write(packetsOf(stream.opening))
  const lap = packetsOf(stream.lap)
  const startedAt = performance.now()
  const elapsed = () => (performance.now() - startedAt) / 1000
  let laps = 0
  while (elapsed() < stream.seconds && !socket.destroyed) {
    if (socket.writableLength < mostWaitingBytes) {
      socket.write(lap)
      laps += 1
    } else await pause(tickMs)
  }
  return { laps, seconds: elapsed() }
}

function packetsOf(messages: readonly Message[]): Buffer {
  return Buffer.concat(messages.map((one) => publishPacket(one.topic, Buffer.from(one.payload))))
}

/** Takes what a subscriber says before messages come: short packets, each in one piece, with one filter each. */
function answer(socket: Socket, bytes: Buffer): void {
  for (let start = 0; start < bytes.length;) {
    const kind = (bytes[start] ?? 0) >> 4
    const length = bytes[start + 1] ?? 0
    if (length > 127) throw new RangeError('a packet longer than a subscriber of the bench sends')
    if (kind === kinds.connect) socket.write(connectAnswer)
    if (kind === kinds.pingRequest) socket.write(pingAnswer)
    if (kind === kinds.subscribe) {
      socket.write(Buffer.from([0x90, 3, bytes[start + 2] ?? 0, bytes[start + 3] ?? 0, 0]))
    }
    start += 2 + length
  }
}

answerQuestions(answers)
