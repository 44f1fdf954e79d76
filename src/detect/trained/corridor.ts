import { alikeTo, bucketCount, dayKindOf, dayKinds } from './calendar.ts'
import type { Baseline, DeviceTable } from './model.ts'

/** Between which logs a value is as good as expected: a row of buckets a device, as in the table of centres. */
export interface Corridor {
  lows: Float32Array
  highs: Float32Array
}

const alike = Array.from({ length: bucketCount }, (_, bucket) => Int32Array.from(alikeTo(bucket)))

/** From the lowest to the highest centre of the quarters that are as good as each other. */
export function corridorOf({ devices }: Pick<Baseline, 'devices'>): Corridor {
  const { length } = devices.centres
  const corridor = { lows: new Float32Array(length), highs: new Float32Array(length) }
  for (let row = 0; row * bucketCount < length; row++) drawCorridor(corridor, devices, row)
  return corridor
}

/** Anew for one device. */
export function drawCorridor(
  { lows, highs }: Corridor,
  { centres, margins }: Pick<DeviceTable, 'centres' | 'margins'>,
  row: number,
): void {
  const from = row * bucketCount
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
    lows[from + bucket] = low
    highs[from + bucket] = high
  }
}
