import { hostname } from 'node:os'
import { inert } from '../../contract/words/inert.ts'
import type { Severity } from '../../contract/model/alarm.ts'
import type { Notification } from './notification.ts'

/** "security/authorization messages". RFC 5424, table 1. */
const facility = 4

/** RFC 5424, table 2: notice, for what needs a look and is no alarm. */
const notice = 5

const severities: Readonly<Record<Severity, number>> = { critical: 2, high: 3, medium: 4, low: 5 }

/** The number that RFC 5612 reserves for what has no number of its own. */
const structure = 'picket@32473'

/** Bytes that a receiver should take. RFC 5426, 3.2. */
const mostBytes = 2048

/** One message of RFC 5424: no name of a device can begin another one, or end the structured data. UTF-8. */
export function syslogMessage(message: Notification): Buffer {
  const { alarms, kind, sentAt, deviceId, site, by, reason, id, isolation } = message
  const severity = Math.min(notice, ...alarms.map((alarm) => severities[alarm.severity]))
  const head = `<${8 * facility + severity}>1 ${sentAt} ${ownHost()} picket ${process.pid} ${kind}`
  const fields = {
    id,
    site,
    device: deviceId,
    by,
    reason,
    ...(isolation ? { isolation: isolation.state } : {}),
    alarms: alarms.map((alarm) => alarm.id).join(' '),
  }
  const data = Object.entries(fields).map(([name, value]) => ` ${name}="${parameter(value)}"`)
  const start = Buffer.from(`${head} [${structure}${data.join('')}] \ufeff`)
  return Buffer.concat([start, cut(inert(message.sentence), mostBytes - start.length)])
}

/** Characters of one parameter: what is longer is in the other notifications. */
const mostCharacters = 128

/** RFC 5424, 6.3.3: these three are escaped; line breaks and the like are made visible first. */
function parameter(value: string): string {
  const shown = Array.from(inert(value)).slice(0, mostCharacters).join('')
  return shown.replace(/["\\\]]/g, (character) => `\\${character}`)
}

/** RFC 5424, 6.2.4: printable ASCII. */
function ownHost(): string {
  return (
    hostname()
      .replace(/[^\x21-\x7e]/g, '')
      .slice(0, 255) || '-'
  )
}

/** Whole characters of at most so many bytes. */
function cut(text: string, most: number): Buffer {
  const bytes = Buffer.from(text)
  if (bytes.length <= most) return bytes
  let end = Math.max(0, most)
  // The second and later bytes of a character begin with the bits 10.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.subarray(0, end)
}
