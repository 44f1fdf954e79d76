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

/**
 * Filters that together match all that the given ones do, no two of them the same topic: a broker may deliver a
 * message once for each subscription that it matches, and it would be counted twice. Two that overlap give way to
 * one that holds both, so that more may be matched than was asked for.
 */
export function disjointFilters(filters: readonly string[]): string[] {
  const disjoint: string[] = []
  for (const filter of filters) {
    let wide = filter.split('/')
    for (let index = overlapping(disjoint, wide); index >= 0; index = overlapping(disjoint, wide)) {
      const [other = ''] = disjoint.splice(index, 1)
      wide = joined(wide, other.split('/'))
    }
    disjoint.push(wide.join('/'))
  }
  return disjoint
}

/** True where a subscription to the filter, shared or not, gets a message on the topic. */
export function isSubscribed(filter: string, topic: string): boolean {
  const plain = filter.replace(/^\$share\/[^/]+\//, '')
  return haveCommonTopic(plain.split('/'), topic.split('/'))
}

function overlapping(filters: readonly string[], levels: readonly string[]): number {
  return filters.findIndex((other) => haveCommonTopic(levels, other.split('/')))
}

/** MQTT 3.1.1, 4.7: `#` matches the level above too, and no wildcard at the start matches a topic with `$`. */
function haveCommonTopic(one: readonly string[], other: readonly string[]): boolean {
  const isHidden = (level: string | undefined) => level?.startsWith('$') === true
  const isWild = (level: string | undefined) => level === '+' || level === '#'
  if (isHidden(one[0]) && isWild(other[0])) return false
  if (isHidden(other[0]) && isWild(one[0])) return false
  const length = Math.max(one.length, other.length)
  for (let index = 0; index < length; index += 1) {
    const [a, b] = [one[index], other[index]]
    if (a === '#' || b === '#') return true
    if (a === undefined || b === undefined) return false
    if (a !== b && a !== '+' && b !== '+') return false
  }
  return true
}

/** The narrowest filter that holds two that overlap. */
function joined(one: readonly string[], other: readonly string[]): string[] {
  const levels: string[] = []
  const length = Math.max(one.length, other.length)
  for (let index = 0; index < length; index += 1) {
    const [a, b] = [one[index], other[index]]
    if (a === '#' || b === '#' || a === undefined || b === undefined) return [...levels, '#']
    levels.push(a === b ? a : '+')
  }
  return levels
}
