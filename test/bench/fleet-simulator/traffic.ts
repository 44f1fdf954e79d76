/**
 * What protocols cost on the wire, as a host's own counters see it (/proc/net/dev counts whole
 * Ethernet frames). Sizes in bytes per frame: Ethernet 14, IPv4 20, TCP 32 with timestamps, UDP 8,
 * and 29 for a TLS 1.2 AES-GCM record.
 */
export interface Traffic {
  bytesIn: number
  bytesOut: number
  packetsIn: number
  packetsOut: number
}

const tcpFrame = 66
const udpFrame = 42
const tlsRecord = 29
const largestSegment = 1448
const largestRecord = 16_384
/** Fixed header, remaining length, packet identifier and a topic of middling length. */
const publishHeader = 46

export function noTraffic(): Traffic {
  return { bytesIn: 0, bytesOut: 0, packetsIn: 0, packetsOut: 0 }
}

export function clear(traffic: Traffic): void {
  traffic.bytesIn = 0
  traffic.bytesOut = 0
  traffic.packetsIn = 0
  traffic.packetsOut = 0
}

/** `count` MQTT messages of `payloadBytes` with QoS 1: data out, PUBACK in, the ACK of that out. */
export function publish(traffic: Traffic, count: number, payloadBytes: number): void {
  const bytes = payloadBytes + publishHeader + tlsRecord
  const segments = Math.ceil(bytes / largestSegment)
  traffic.bytesOut += count * (bytes + (segments + 1) * tcpFrame)
  traffic.packetsOut += count * (segments + 1)
  traffic.bytesIn += count * (4 + tlsRecord + tcpFrame * (1 + (segments >> 1)))
  traffic.packetsIn += count * (1 + (segments >> 1))
}

/** The same message the other way. */
export function receive(traffic: Traffic, count: number, payloadBytes: number): void {
  const bytes = payloadBytes + publishHeader + tlsRecord
  const segments = Math.ceil(bytes / largestSegment)
  traffic.bytesIn += count * (bytes + (segments + 1) * tcpFrame)
  traffic.packetsIn += count * (segments + 1)
  traffic.bytesOut += count * (4 + tlsRecord + tcpFrame * (1 + (segments >> 1)))
  traffic.packetsOut += count * (1 + (segments >> 1))
}

/** PINGREQ, PINGRESP and an ACK. */
export function keepAlive(traffic: Traffic, count: number): void {
  traffic.bytesOut += count * (2 * tcpFrame + tlsRecord + 2)
  traffic.packetsOut += count * 2
  traffic.bytesIn += count * (tcpFrame + tlsRecord + 2)
  traffic.packetsIn += count
}

/** DNS, TCP and mutual TLS handshakes, CONNECT, CONNACK and the subscriptions. */
export function connectToBroker(traffic: Traffic, count: number): void {
  lookUp(traffic, count)
  traffic.bytesOut += count * 3_360
  traffic.packetsOut += count * 12
  traffic.bytesIn += count * 5_480
  traffic.packetsIn += count * 11
}

/** A connection that gets as far as TLS or CONNECT and is refused. */
export function failToConnect(traffic: Traffic, count: number): void {
  traffic.bytesOut += count * 2_450
  traffic.packetsOut += count * 9
  traffic.bytesIn += count * 4_300
  traffic.packetsIn += count * 8
}

/** SYNs into nothing, while the way to the broker is down. */
export function knockInVain(traffic: Traffic, count: number): void {
  traffic.bytesOut += count * 74
  traffic.packetsOut += count
}

/** An HTTPS call with server authentication only. */
export function callWeb(traffic: Traffic, bytesOut: number, bytesIn: number): void {
  lookUp(traffic, 1)
  traffic.bytesOut += 900 + 7 * tcpFrame
  traffic.packetsOut += 7
  traffic.bytesIn += 3_900 + 7 * tcpFrame
  traffic.packetsIn += 7
  upload(traffic, bytesOut)
  download(traffic, bytesIn)
}

export function lookUp(traffic: Traffic, count: number): void {
  datagramsOut(traffic, count, 36)
  datagramsIn(traffic, count, 124)
}

export function askTime(traffic: Traffic, count: number): void {
  datagramsOut(traffic, count, 48)
  datagramsIn(traffic, count, 48)
}

/** A bulk transfer in full segments, every second one acknowledged. */
export function upload(traffic: Traffic, bytes: number): void {
  const segments = Math.ceil(bytes / largestSegment)
  const records = Math.ceil(bytes / largestRecord)
  const acknowledgements = Math.ceil(segments / 2)
  traffic.bytesOut += Math.round(bytes) + records * tlsRecord + segments * tcpFrame
  traffic.packetsOut += segments
  traffic.bytesIn += acknowledgements * tcpFrame
  traffic.packetsIn += acknowledgements
}

export function download(traffic: Traffic, bytes: number): void {
  const segments = Math.ceil(bytes / largestSegment)
  const records = Math.ceil(bytes / largestRecord)
  const acknowledgements = Math.ceil(segments / 2)
  traffic.bytesIn += Math.round(bytes) + records * tlsRecord + segments * tcpFrame
  traffic.packetsIn += segments
  traffic.bytesOut += acknowledgements * tcpFrame
  traffic.packetsOut += acknowledgements
}

/** Request and answer over a standing TCP connection on the site's own network, no TLS (Modbus). */
export function exchange(traffic: Traffic, count: number, answerBytes: number): void {
  traffic.bytesOut += count * (12 + 2 * tcpFrame)
  traffic.packetsOut += count * 2
  traffic.bytesIn += count * (answerBytes + tcpFrame)
  traffic.packetsIn += count
}

export function datagramsOut(traffic: Traffic, count: number, payloadBytes: number): void {
  traffic.bytesOut += count * (udpFrame + payloadBytes)
  traffic.packetsOut += count
}

export function datagramsIn(traffic: Traffic, count: number, payloadBytes: number): void {
  traffic.bytesIn += count * (udpFrame + payloadBytes)
  traffic.packetsIn += count
}
