/** A source of numbers from 0 up to 1. */
type Draw = () => number

const words = [
  'New client connected from ',
  'New connection from ',
  'Client ',
  'Received PUBLISH from ',
  'Sending PUBLISH to ',
  'Denied PUBLISH from ',
  'Received SUBSCRIBE from ',
  'Received UNSUBSCRIBE from ',
  'Sending SUBACK to ',
  'Sending CONNACK to ',
  'mosquitto version 2.0.11 starting',
  'mosquitto version 2.1.2 terminating',
  'Suppressed 12 messages from mosquitto.service',
  'Outgoing messages are being dropped for client ',
  'Bad socket read/write on client ',
  '10.0.0.7:4000',
  '::ffff:10.0.0.7:4000',
  ' as ',
  " (p2, c1, k60, u'",
  "').",
  ' (p2, c1, k60).',
  " (d0, q1, r0, m7, '",
  " (d1, q0, r0, m0, '",
  "', ... (9 bytes))",
  ' disconnected.',
  ' disconnected, not authorised.',
  ' [10.0.0.7:4000] disconnected: ',
  ' already connected, closing old connection.',
  ' closed its connection.',
  ' on port 1883.',
  ' (QoS 1)',
  ' (0, 5)',
  ' (0, 0)',
  '<unknown>',
  '\t',
  '1795335361: ',
  '2026-11-22T03:43:39+0100: ',
  'Nov 22 03:43:39 gate mosquitto[612]: ',
  'pump-1',
  'x',
  '. ',
  ': ',
  "'",
  '[',
  ']',
  '\u0000',
  '\u202e',
  '😀',
  '\ufffd',
]

const ids = ['pump-1', 'x', '<unknown>', '10.0.0.7', "y (d0, q0, r0, m0, 'z", 'Client pump-1', '']

/** One line of a log: well formed with hostile names, put together from a log's words, damaged, or rubbish. */
export function hostileLine(draw: Draw): string {
  const way = draw()
  if (way < 0.45) return `1795335361: ${wellFormed(draw)}`
  if (way < 0.85) return jumble(draw)
  if (way < 0.95) return damaged(draw, wellFormed(draw))
  return pick(draw, words).repeat(1 + below(draw, 2000))
}

/** Lines, some without an end, as the bytes of a stream; cut into chunks anywhere. */
export function hostileChunks(draw: Draw, lines: number): Buffer[] {
  const text = Array.from({ length: lines }, () => hostileLine(draw) + (draw() < 0.98 ? '\n' : ''))
  const bytes = Buffer.from(text.join(''))
  const chunks: Buffer[] = []
  for (let start = 0; start < bytes.length;) {
    const end = start + 1 + below(draw, draw() < 0.1 ? 10 : 70_000)
    chunks.push(bytes.subarray(start, end))
    start = end
  }
  return chunks
}

function wellFormed(draw: Draw): string {
  const id = draw() < 0.8 ? pick(draw, ids) : jumble(draw)
  const text = draw() < 0.8 ? pick(draw, ids) : jumble(draw)
  const flags = `(d${below(draw, 2)}, q${below(draw, 3)}, r0, m${below(draw, 4)}, '${text}', ... (${below(draw, 1e6)} bytes))`
  return pick<() => string>(draw, [
    () =>
      `New client connected from 10.0.0.7:${below(draw, 9)} as ${id} (p2, c1, k60, u'${text}').`,
    () => `New connection from 10.0.0.7:${below(draw, 9)} on port 1883.`,
    () =>
      `Client ${id}${pick(draw, [' disconnected.', ' closed its connection.', ' disconnected, not authorised.'])}`,
    () => `Client ${id} [10.0.0.7:${below(draw, 9)}] disconnected: exceeded timeout.`,
    () => `Client ${id} already connected, closing old connection.`,
    () => `Sending CONNACK to ${id} (0, ${below(draw, 6)})`,
    () => `Received PUBLISH from ${id} ${flags}`,
    () => `Sending PUBLISH to ${id} ${flags}`,
    () => `Denied PUBLISH from ${id} ${flags}`,
    () => `Received SUBSCRIBE from ${id}`,
    () => `\t${text} (QoS 1)`,
    () => `${id} 1 ${text}`,
    () => `Sending SUBACK to ${id}`,
    () => `mosquitto version 2.0.11 ${pick(draw, ['starting', 'running', 'terminating'])}`,
  ])()
}

function jumble(draw: Draw): string {
  return Array.from({ length: 1 + below(draw, 8) }, () => pick(draw, words)).join('')
}

function damaged(draw: Draw, line: string): string {
  const at = below(draw, line.length)
  return draw() < 0.5 ? line.slice(0, at) : line.slice(0, at) + pick(draw, words) + line.slice(at)
}

/** A whole number of 0 or more and less than the bound; 0 where there is none. */
function below(draw: Draw, bound: number): number {
  return Math.floor(draw() * bound)
}

function pick<Item>(draw: Draw, items: readonly Item[]): Item {
  const item = items[below(draw, items.length)]
  if (item === undefined) throw new Error('there is nothing to pick from')
  return item
}
