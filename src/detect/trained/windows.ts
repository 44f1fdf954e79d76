import type { GroupPlan } from './group-plan.ts'
import {
  clear,
  comeBackTo,
  createSliding,
  meanPlace,
  missing,
  push,
  snapshotOf,
  type Sliding,
  type Snapshot,
} from './sliding.ts'

/** A device's places over the last day, and how far each lay from those before it. */
export interface Windows {
  plan: GroupPlan
  places: Sliding
  departures: Sliding
  departureRow: Int32Array
  /** By departure: the channel of its places, and the sum of those it departs from. */
  channels: Int32Array
  sums: Int32Array
}

export function createWindows(plan: GroupPlan): Windows {
  return {
    plan,
    places: createSliding(plan.places),
    departures: createSliding(plan.departures),
    departureRow: new Int32Array(plan.sources.length),
    channels: Int32Array.from(plan.sources, ({ channel }) => channel),
    sums: Int32Array.from(plan.sources, ({ sum }) => sum),
  }
}

export function clearWindows({ places, departures }: Windows): void {
  clear(places)
  clear(departures)
}

/** Takes in the next slot's places. */
export function advance(windows: Windows, row: Int32Array): void {
  const { places, departures, departureRow, channels, sums } = windows
  for (let index = 0; index < departureRow.length; index++) {
    const place = row[channels[index] ?? 0] ?? missing
    const before = place === missing ? missing : meanPlace(places, sums[index] ?? 0)
    departureRow[index] = before === missing ? missing : Math.abs(place - before)
  }
  push(places, row)
  push(departures, departureRow)
}

/** A copy to come back to after the next slot; valid until the second. */
export function windowsNow({
  places,
  departures,
}: Windows): Record<'places' | 'departures', Snapshot> {
  return { places: snapshotOf(places), departures: snapshotOf(departures) }
}

export function windowsBackTo(
  { places, departures }: Windows,
  then: Record<'places' | 'departures', Snapshot>,
): void {
  comeBackTo(places, then.places)
  comeBackTo(departures, then.departures)
}
