import type { MqttSettings } from '../settings.ts'
import { parseDeviceTopic, type DeviceTopic } from './device-topic.ts'

type StatusTopic = DeviceTopic & { alive: string; dead: string }

/** Topics on which devices say whether they are there, and what each said last. */
export interface StatusTopics {
  topics: StatusTopic[]
  wasAlive: Map<string, boolean>
  /** Devices that are remembered; of others every message counts. */
  most: number
}

export function createStatusTopics(
  settings: MqttSettings['statusTopics'],
  most: number,
): StatusTopics {
  const topics = settings.map((each) => ({ ...each, ...parseDeviceTopic(each.topic) }))
  return { topics, wasAlive: new Map(), most }
}

/** What devices said is not known any more: they may have said something else since. */
export function forgetStatuses({ wasAlive }: StatusTopics): void {
  wasAlive.clear()
}

/** Longer ones cannot be a device's name, nor a status. */
const longestName = 256

/** The change that a message tells of; null: none, or it is no status message. */
export function statusOf(
  statuses: StatusTopics,
  topic: string,
  payload: Uint8Array,
): { device: string; isAlive: boolean } | null {
  for (const { deviceOf, alive, dead } of statuses.topics) {
    const device = deviceOf(topic)
    if (device === null || device.length > longestName) continue
    const isAlive = isSaid(payload, alive) ? true : isSaid(payload, dead) ? false : null
    return isAlive === null ? null : changeOf(statuses, { device, isAlive })
  }
  return null
}

function changeOf(
  { wasAlive, most }: StatusTopics,
  said: { device: string; isAlive: boolean },
): { device: string; isAlive: boolean } | null {
  const { device, isAlive } = said
  if (wasAlive.get(device) === isAlive) return null
  if (wasAlive.has(device) || wasAlive.size < most) wasAlive.set(device, isAlive)
  return said
}

const text = new TextDecoder()

function isSaid(payload: Uint8Array, word: string): boolean {
  // A character may take 4 bytes; longer ones need not be decoded.
  return payload.length <= word.length * 4 && text.decode(payload) === word
}
