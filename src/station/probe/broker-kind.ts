import type { ProbeReport } from '../../contract/model/source.ts'

type Broker = ProbeReport['broker']

/** What is asked for to find out what a broker is. */
export const kindFilters = [
  '$SYS/broker/version',
  '$SYS/brokers',
  '$SYS/brokers/+/version',
] as const

const longestVersion = 64

/** What a message on one of `kindFilters` says of the broker, with what was known before. */
export function brokerFrom(known: Broker, topic: string, text: string): Broker {
  const said = text.slice(0, longestVersion)
  if (topic === '$SYS/broker/version') {
    const mosquitto = /^mosquitto version (\S+)$/.exec(said)?.[1]
    return mosquitto ? { kind: 'mosquitto', version: mosquitto } : { ...known, version: said }
  }
  if (topic === '$SYS/brokers') return { ...known, kind: 'emqx' }
  if (/^\$SYS\/brokers\/[^/]+\/version$/.test(topic)) return { kind: 'emqx', version: said }
  return known
}

/** AWS IoT Core is known by its name alone: it has no `$SYS`, and may end a connection that asks for it. */
export function isAwsHost(host: string): boolean {
  return /\.iot\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(host)
}
