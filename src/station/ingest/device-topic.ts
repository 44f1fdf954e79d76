/** A pattern such as `site/{device}/#`: which part of a topic names the device it belongs to. */
export interface DeviceTopic {
  /** What to subscribe to. */
  filter: string
  /** The device's name as the topic has it, or null where the topic is not of this pattern. */
  deviceOf(topic: string): string | null
}

/** Reads a pattern that `settings.ts` has found valid. */
export function parseDeviceTopic(pattern: string): DeviceTopic {
  const escaped = pattern.replace(/[.*+?^$()|[\]\\]/g, '\\$&')
  const expression = escaped.replace('{device}', '([^/]+)').replace(/\/#$/, '(?:/.*)?')
  const matcher = new RegExp(`^${expression}$`, 's')
  return {
    filter: pattern.replace('{device}', '+'),
    deviceOf: (topic) => matcher.exec(topic)?.[1] ?? null,
  }
}
