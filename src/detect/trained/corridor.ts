import { alikeTo, bucketCount, dayKindOf, dayKinds } from './calendar.ts'
import type { Baseline, Ratio } from './model.ts'

/** Between which logs a value is as good as expected: a row of buckets a device, as in the table of centres. */
export interface Corridor {
  lows: Float32Array
  highs: Float32Array
}

const alike = Array.from({ length: bucketCount }, (_, bucket) => Int32Array.from(alikeTo(bucket)))

type Track = Pick<Baseline, 'devices' | 'isSigned'> | Ratio

/** From the lowest to the highest centre of the quarters that are as good as each other. */
export function corridorOf(track: Track): Corridor {
  const { length } = track.devices.centres
  const corridor = { lows: new Float32Array(length), highs: new Float32Array(length) }
  for (let row = 0; row * bucketCount < length; row++) drawCorridor(corridor, track, row)
  return corridor
}

/**
 * Anew for one device. Days of a kind that was not seen yet may be at any hour as the others are at any, and a metric
 * below that by as much as its quietest hour is below its busiest: what rests at night may rest more on a weekend.
 */
export function drawCorridor({ lows, highs }: Corridor, track: Track, row: number): void {
  const { centres, margins, doubts } = track.devices
  const from = row * bucketCount
  const own = centres.subarray(from, from + bucketCount)
  const lowest = own.reduce((least, centre) => Math.min(least, centre), Infinity)
  const highest = own.reduce((most, centre) => Math.max(most, centre), -Infinity)
  const quietest = 'partner' in track ? lowest : restOf(track, { lowest, highest })
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    let low = Infinity
    let high = -Infinity
    for (const each of alike[bucket] ?? []) {
      const centre = centres[from + each] ?? 0
      const isOfDay = dayKindOf(each) === dayKindOf(bucket)
      const margin = isOfDay ? (margins[row * dayKinds + dayKindOf(each)] ?? 0) : 0
      if (centre - margin < low) low = centre - margin
      if (centre + margin > high) high = centre + margin
    }
    const doubt = doubts[dayKindOf(bucket)] ?? 0
    lows[from + bucket] = low - doubt * Math.max(0, low - quietest)
    highs[from + bucket] = high + doubt * Math.max(0, highest - high)
  }
}

/** Below the quietest hour by as much as that is below the busiest. */
function restOf(
  { isSigned }: Pick<Baseline, 'isSigned'>,
  { lowest, highest }: { lowest: number; highest: number },
): number {
  const rest = 2 * lowest - highest
  return isSigned ? rest : Math.max(0, rest)
}
