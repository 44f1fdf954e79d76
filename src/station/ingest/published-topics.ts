/** Topics that devices were seen to publish on. Names and topics are hostile text; what is kept is bounded. */
export interface PublishedTopics {
  note(deviceName: string, topic: string): void
  /** Null: nothing was seen of the device. */
  of(deviceName: string): ReadonlySet<string> | null
}

/** Of one device. A device that uses more is answered for by the newest. */
const mostTopics = 64

/** Longer ones are not remembered. */
const longestTopic = 512

/** `most`: devices remembered; then the one that was silent for longest gives way. */
export function createPublishedTopics(most: number): PublishedTopics {
  const byDevice = new Map<string, Set<string>>()
  let last: { deviceName: string; topic: string } | null = null

  function note(deviceName: string, topic: string): void {
    if (last?.deviceName === deviceName && last.topic === topic) return
    last = { deviceName, topic }
    if (topic.length > longestTopic) return
    const topics = byDevice.get(deviceName) ?? new Set()
    renew(byDevice, deviceName, topics)
    topics.delete(topic)
    topics.add(topic)
    dropFirst(topics, mostTopics)
    dropFirst(byDevice, most)
  }

  return { note, of: (deviceName) => byDevice.get(deviceName) ?? null }
}

function renew<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.delete(key)
  map.set(key, value)
}

function dropFirst<Key>(kept: Map<Key, unknown> | Set<Key>, most: number): void {
  if (kept.size <= most) return
  for (const key of kept.keys()) {
    kept.delete(key)
    return
  }
}
