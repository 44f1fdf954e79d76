/** MQTT 3.1.1 packets as bytes, prepared before a load begins (OASIS MQTT 3.1.1, chapters 2 and 3). */

const connect = 0x10
const publish = 0x30
const subscribe = 0x82

/** Ends a connection in good order. */
export const disconnectPacket = Buffer.from([0xe0, 0])

/** Clean session, no keep-alive. */
export function connectPacket(clientId: string): Buffer {
  const cleanSession = 0x02
  const head = Buffer.from([...text('MQTT'), 4, cleanSession, 0, 0])
  return packet(connect, Buffer.concat([head, text(clientId)]))
}

/** QoS 0. */
export function publishPacket(topic: string, payload: Uint8Array): Buffer {
  return packet(publish, Buffer.concat([text(topic), payload]))
}

/** QoS 0. */
export function subscribePacket(filter: string): Buffer {
  return packet(subscribe, Buffer.concat([Buffer.from([0, 1]), text(filter), Buffer.from([0])]))
}

/** Takes what a broker sends, however it is cut, and hands on each publish's topic. */
export function createTopicReader(take: (topic: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = endOf(bytes, start); end !== null; end = endOf(bytes, start)) {
      if (((bytes[start] ?? 0) & 0xf0) === publish) take(topicOf(bytes, start))
      start = end
    }
    rest = bytes.subarray(start)
  }
}

function packet(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([type, ...remainingLength(body.length)]), body])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
}

function remainingLength(length: number): number[] {
  return length < 128 ? [length] : [(length & 127) | 128, ...remainingLength(length >> 7)]
}

/** Where the packet that begins at `start` ends, or null where it is not whole yet. */
function endOf(bytes: Buffer, start: number): number | null {
  const body = bodyOf(bytes, start)
  return body && body.start + body.length <= bytes.length ? body.start + body.length : null
}

function bodyOf(bytes: Buffer, start: number): { start: number; length: number } | null {
  let length = 0
  for (let place = 0; place < 4; place += 1) {
    const digit = bytes[start + 1 + place]
    if (digit === undefined) return null
    length += (digit & 127) << (7 * place)
    if (digit < 128) return { start: start + 2 + place, length }
  }
  throw new RangeError('not an MQTT packet')
}

function topicOf(bytes: Buffer, start: number): string {
  const body = bodyOf(bytes, start)?.start ?? 0
  return bytes.toString('utf8', body + 2, body + 2 + bytes.readUInt16BE(body))
}
