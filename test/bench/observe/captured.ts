import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { until } from '../../support/poll.ts'
import type { Stage } from './stage.ts'
import type { Message } from './stand-in-process.ts'

/** What a real Mosquitto said while each device connected, published once and went. */
export interface Captured {
  /** Its log file up to the first message. */
  opening: string
  /** Lines of the messages, one a device. */
  publishes: string[]
  /** What it published of its log: connections and their ends. */
  lines: Message[]
}

const isOfDevice = (text: string) => /New connection from|device-/.test(text)

export async function captureMosquitto(stage: Stage, names: string[]): Promise<Captured> {
  const log = join(stage.folder, 'captured.log')
  const settings = ['log_type all', `log_dest file ${log}`, 'log_dest topic']
  const broker = await stage.startBroker([...settings, 'max_queued_messages 0'])
  const devices = stage.start('./devices-process.ts')
  const listener = await connectAsync(broker.url)
  const lines: Message[] = []
  listener.on('message', (topic, payload) => {
    const text = payload.toString()
    if (isOfDevice(text)) lines.push({ topic, payload: text })
  })
  await listener.subscribeAsync('$SYS/broker/log/#', { qos: 0 })
  await devices.ask('connectAll', { port: broker.port, names })
  await devices.ask('publish', { seconds: 10, perSecond: 5000, most: names.length })
  await devices.ask('disconnectAll', undefined)
  const ends = () => lines.filter(({ payload }) => endOfDevice.test(payload)).length
  await until('all ends were told', () => ends() === names.length)
  await listener.endAsync()
  await devices.end()
  await broker.stop()
  return { ...partsOf(readFileSync(log, 'utf8')), lines }
}

const startOfDevice = /New client connected from \S+ as device-/
const endOfDevice = /Client device-\S+ .*disconnected/

/** Lines that are a connection attempt or a disconnect of a device. */
export function countPresence(lines: readonly Message[]): number {
  return lines.filter(({ payload }) => startOfDevice.test(payload) || endOfDevice.test(payload))
    .length
}

/** Without lines about the one who listened. */
function partsOf(log: string): Pick<Captured, 'opening' | 'publishes'> {
  const lines = log.split('\n').filter((line) => !line.includes('Sending PUBLISH to'))
  const isPublish = (line: string) => line.includes('Received PUBLISH from device-')
  const opening = lines.slice(0, lines.findIndex(isPublish))
  return { opening: `${opening.join('\n')}\n`, publishes: lines.filter(isPublish) }
}
