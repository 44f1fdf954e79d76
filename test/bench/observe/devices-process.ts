import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { answerQuestions } from '../ingest/questions.ts'
import { connectPacket, disconnectPacket, publishPacket } from '../ingest/mqtt-packets.ts'

/** Devices, each with a connection of its own, which publish one message at a time in turn. */
const answers = { connectAll, publish, disconnectAll }
export type DevicesAnswers = typeof answers

/** Telemetry of 60 bytes. */
const payload = Buffer.from('{"flow":41.5}'.padEnd(60))
const tickMs = 5
const connectAtOnce = 50

/** A connection that has more waiting than this gets nothing more: the broker is behind. */
const mostWaitingBytes = 4096

interface Device {
  socket: Socket
  packet: Buffer
}

let devices: Device[] = []

async function connectAll({ port, names }: { port: number; names: string[] }): Promise<void> {
  devices = []
  for (let from = 0; from < names.length; from += connectAtOnce) {
    const some = names.slice(from, from + connectAtOnce)
    devices.push(...(await Promise.all(some.map((name) => open(port, name)))))
  }
}

/** Publishes for so many seconds, or just so many messages. Returns how many, and how long it took. */
async function publish(load: {
  seconds: number
  perSecond: number
  most: number
}): Promise<{ published: number; seconds: number }> {
  const startedAt = performance.now()
  const elapsed = () => (performance.now() - startedAt) / 1000
  let published = 0
  while (elapsed() < load.seconds && published < load.most) {
    const due = Math.floor(elapsed() * load.perSecond) - published
    published += send(Math.min(due, load.most - published), published)
    await pause(tickMs)
  }
  return { published, seconds: elapsed() }
}

/** One message of a device, then of the next, as far as they are due and the connections take them. */
function send(due: number, turn: number): number {
  let sent = 0
  let refusals = 0
  for (let next = turn; sent < due && refusals < devices.length; next += 1) {
    const device = devices[next % devices.length]
    if (device && device.socket.writableLength < mostWaitingBytes) {
      device.socket.write(device.packet)
      sent += 1
    } else refusals += 1
  }
  return sent
}

/** In good order: all that was published is on its way. */
async function disconnectAll(): Promise<void> {
  const open = devices.filter(({ socket }) => !socket.destroyed)
  await Promise.all(
    open.map(({ socket }) => {
      socket.end(disconnectPacket)
      return once(socket, 'close')
    }),
  )
}

async function open(port: number, name: string): Promise<Device> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  await once(socket, 'connect')
  socket.write(connectPacket(name))
  await once(socket, 'data')
  // Nobody reads what else may come: without this the connection would never be closed.
  socket.resume()
  return { socket, packet: publishPacket(`site/${name}/t`, payload) }
}

answerQuestions(answers)
