import type { Metric } from '../../contract/model/metric.ts'
import { formatNumber, formatValue } from './value.ts'

const deeds: Readonly<Record<string, (value: number, withUnit: string) => string>> = {
  'aws:num-messages-sent': (_, amount) => `sent ${amount}`,
  'aws:num-messages-received': (_, amount) => `received ${amount}`,
  'aws:message-byte-size': (_, amount) => `sent a message of ${amount}`,
  'aws:num-connection-attempts': (times) => `tried to connect ${timesWords(times)}`,
  'aws:num-disconnects': (times) => `was disconnected ${timesWords(times)}`,
  'aws:num-authorization-failures': (times) => `was refused ${timesWords(times)}`,
  'aws:all-bytes-out': (_, amount) => `sent ${amount}`,
  'aws:all-bytes-in': (_, amount) => `received ${amount}`,
  'aws:all-packets-out': (_, amount) => `sent ${amount}`,
  'aws:all-packets-in': (_, amount) => `received ${amount}`,
  'aws:num-listening-tcp-ports': (_, amount) => `listened on ${amount} of TCP`,
  'aws:num-listening-udp-ports': (_, amount) => `listened on ${amount} of UDP`,
  'aws:num-established-tcp-connections': (_, amount) => `held ${amount} of TCP`,
}

/** What a device did, as a verb with its amount: "sent 412 messages", "was refused 23 times". */
export function deedWords(value: number, metric: Metric): string {
  const amount = formatValue(value, metric)
  return deeds[metric.id]?.(value, amount) ?? `reported ${metric.name} as ${amount}`
}

function timesWords(times: number): string {
  return times === 1 ? 'once' : `${formatNumber(times)} times`
}
