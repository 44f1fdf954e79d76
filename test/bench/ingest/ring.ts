import { connectionsOfLoad } from './load.ts'

/** Packets back to back in one buffer, to be sent over and over. */
export interface Ring {
  bytes: Buffer
  /** Where each packet begins; one more for the end. */
  starts: number[]
  /** The next packet. */
  next: number
}

export function createRing(packets: readonly Uint8Array[]): Ring {
  const starts = [0]
  for (const packet of packets) starts.push((starts.at(-1) ?? 0) + packet.length)
  return { bytes: Buffer.concat(packets), starts, next: 0 }
}

/** Up to so many of the next packets, in one piece that must not be changed. */
export function takePackets(ring: Ring, most: number): { bytes: Buffer; count: number } {
  const packets = ring.starts.length - 1
  const count = Math.min(most, packets - ring.next)
  const bytes = ring.bytes.subarray(ring.starts[ring.next], ring.starts[ring.next + count])
  ring.next = (ring.next + count) % packets
  return { bytes, count }
}

/** Deals packets out to the connections of a load, one after the other. */
export function dealPackets(packets: readonly Uint8Array[]): Ring[] {
  return Array.from({ length: connectionsOfLoad }, (_, connection) =>
    createRing(packets.filter((_packet, place) => place % connectionsOfLoad === connection)),
  )
}
