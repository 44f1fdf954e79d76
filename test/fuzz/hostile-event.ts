import { sparkplugPayload } from '../support/sparkplug-node.ts'

/** A message about devices, as an attacker or a broken broker may publish it. */
export interface HostileEvent {
  topic: string
  payload: Uint8Array
}

/** Uniform in [0, 1). */
type Draw = () => number

/** The next hostile event of EMQX, AWS IoT, a Sparkplug node or a device. Most are near enough to a real one. */
export function hostileEvent(draw: Draw): HostileEvent {
  const makers = [systemEvent, ruleEvent, lifecycleEvent, sparkplugEvent, deviceMessage]
  const { topic, payload } = pick(draw, makers)(draw)
  const way = draw()
  if (way < 0.8) return { topic, payload }
  if (way < 0.9) return { topic, payload: damaged(draw, payload) }
  const cut = below(draw, topic.length)
  return { topic: topic.slice(0, cut) + text(draw) + topic.slice(cut + below(draw, 3)), payload }
}

function systemEvent(draw: Draw): HostileEvent {
  const clientid = text(draw)
  const event = pick(draw, ['connected', 'disconnected', 'subscribed', text(draw)])
  const fields = {
    clientid: draw() < 0.95 ? clientid : leaf(draw),
    username: draw() < 0.8 ? text(draw) : leaf(draw),
    ipaddress: draw() < 0.8 ? '192.0.2.1' : leaf(draw),
    reason: draw() < 0.8 ? pick(draw, reasons) : leaf(draw),
    connected_at: draw() < 0.8 ? below(draw, 5) : leaf(draw),
    disconnected_at: draw() < 0.8 ? below(draw, 5) : leaf(draw),
  }
  return { topic: `$SYS/brokers/n/clients/${clientid}/${event}`, payload: json(draw, fields) }
}

const reasons = ['normal', 'takenover', 'discarded', 'tcp_closed', 'kicked', 'undefined']

const ruleEvents = [
  'client.connected',
  'client.disconnected',
  'client.connack',
  'client.check_authz_complete',
  'message.publish',
  'message.delivered',
]

function ruleEvent(draw: Draw): HostileEvent {
  const fields = {
    picket: draw() < 0.95 ? 1 : leaf(draw),
    event: draw() < 0.95 ? pick(draw, ruleEvents) : leaf(draw),
    clientid: draw() < 0.9 ? text(draw) : leaf(draw),
    username: draw() < 0.8 ? text(draw) : leaf(draw),
    peername: draw() < 0.8 ? '192.0.2.1:1883' : leaf(draw),
    reason: pick(draw, reasons),
    reason_code: draw() < 0.8 ? 'not_authorized' : leaf(draw),
    connected_at: draw() < 0.8 ? below(draw, 5) : leaf(draw),
    bytes: draw() < 0.9 ? below(draw, 100_000) : leaf(draw),
  }
  return { topic: '$picket/ev/1', payload: json(draw, fields) }
}

function lifecycleEvent(draw: Draw): HostileEvent {
  const clientId = text(draw)
  const eventType = pick(draw, ['connected', 'disconnected', 'connect_failed'])
  const fields = {
    clientId,
    eventType,
    thingName: draw() < 0.9 ? undefined : leaf(draw),
    timestamp: draw() < 0.9 ? 1_790_000_000_000 + below(draw, pick(draw, [3, 1e9])) : leaf(draw),
    versionNumber: draw() < 0.9 ? below(draw, 10) : leaf(draw),
    disconnectReason: draw() < 0.9 ? 'CONNECTION_LOST' : leaf(draw),
    sessionIdentifier: draw() < 0.9 ? 'a' : leaf(draw),
    ipAddress: draw() < 0.9 ? '192.0.2.0' : leaf(draw),
  }
  const topic = `$aws/events/presence/${eventType}/${clientId}`
  return { topic, payload: json(draw, fields) }
}

const sparkplugKinds = ['NBIRTH', 'NDEATH', 'NDATA', 'DBIRTH', 'DDEATH', 'DDATA', 'NCMD']

function sparkplugEvent(draw: Draw): HostileEvent {
  const kind = pick(draw, sparkplugKinds)
  const device = kind.startsWith('D') ? `/${text(draw)}` : ''
  const topic = `spBv1.0/${pick(draw, ['g', text(draw)])}/${kind}/${text(draw)}${device}`
  return { topic, payload: sparkplugPayload(draw() < 0.8 ? below(draw, 4) : null, below(draw, 4)) }
}

function deviceMessage(draw: Draw): HostileEvent {
  const topic = `site/${text(draw)}${pick(draw, ['/status', '/t', '', '/'])}`
  return { topic, payload: Buffer.from(pick(draw, ['online', 'offline', '', text(draw)])) }
}

const hostileText = [
  'undefined',
  'null',
  '',
  '__proto__',
  'constructor',
  'a/b',
  'x/connected',
  '../../etc/passwd',
  '<img src=x onerror=alert(1)>',
  '\u202egnp.exe',
  '\ud800',
  '\u0000',
  'line\nbreak',
  '+',
  '#',
  'x'.repeat(129),
  'x'.repeat(2000),
  'ü'.repeat(70),
]

/** A few names again and again, some hostile, and ever new ones. */
function text(draw: Draw): string {
  const way = draw()
  if (way < 0.5) return `pump-${below(draw, 20)}`
  return way < 0.75 ? pick(draw, hostileText) : `stranger-${below(draw, 1e6)}`
}

function leaf(draw: Draw): unknown {
  return pick(draw, [
    null,
    true,
    -1,
    0.5,
    1e300,
    2 ** 53,
    '',
    'undefined',
    [],
    {},
    text(draw),
    undefined,
  ])
}

function json(draw: Draw, fields: object): Uint8Array {
  const way = draw()
  if (way < 0.97) return Buffer.from(JSON.stringify(fields))
  const depth = 1 + below(draw, 20_000)
  return Buffer.from(
    pick(draw, ['', 'undefined', '[]', 'null', '['.repeat(depth), '{"a":'.repeat(depth)]),
  )
}

/** Bytes flipped, cut off or repeated. */
function damaged(draw: Draw, whole: Uint8Array): Uint8Array {
  const bytes = Buffer.from(whole)
  const at = below(draw, bytes.length)
  const way = draw()
  if (way < 0.4) return bytes.subarray(0, at)
  if (way < 0.5) return Buffer.concat([bytes, bytes.subarray(at)])
  if (bytes.length > 0) bytes[at] = below(draw, 256)
  return bytes
}

/** A whole number of 0 or more and less than the bound; 0 where there is none. */
function below(draw: Draw, bound: number): number {
  return Math.floor(draw() * bound)
}

function pick<Item>(draw: Draw, items: readonly Item[]): Item {
  const index = below(draw, items.length)
  if (index >= items.length) throw new Error('there is nothing to pick from')
  return items[index] as Item
}
