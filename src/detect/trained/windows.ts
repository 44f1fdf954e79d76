import { slotsOf } from './components.ts'
import { placeUnit, type GroupPlan } from './group-plan.ts'
import {
  clear,
  createSliding,
  enter,
  follow,
  meanPlace,
  meanPlaceBefore,
  missing,
  placeAgo,
  replaceNewest,
  type Sliding,
} from './sliding.ts'

/** A device's places over the last day, and how far each lay from those before it. */
export interface Windows {
  plan: GroupPlan
  places: Sliding
  departures: Sliding
  /** By channel of `departures`: no jolt is larger, in places. Most are too small to be looked at more closely. */
  peaks: Float64Array
}

export function createWindows(plan: GroupPlan): Windows {
  const { places, departures } = plan
  const peaks = new Float64Array(departures.channels)
  return { plan, places: createSliding(places), departures: createSliding(departures), peaks }
}

export function clearWindows({ places, departures, peaks }: Windows): void {
  clear(places)
  clear(departures)
  peaks.fill(0)
}

/** Takes in the next slot's places. */
export function advance(windows: Windows, row: Int32Array): void {
  const { plan, places, departures } = windows
  const { sources } = plan
  places.newest++
  departures.newest++
  for (let departure = 0; departure < sources.length; departure++) {
    const source = sources[departure]
    if (!source) continue
    const place = row[source.channel] ?? missing
    const before = place === missing ? missing : meanPlace(places, source.sum)
    const size = before === missing ? missing : Math.abs(place - before)
    enter(departures, departure, size)
    raisePeak(windows, departure, size)
  }
  follow(departures)
  enterRow(windows, row)
  follow(places)
}

/**
 * Takes in a slot's counts only, for windows that hold no place of any other channel yet: what is so long ago that
 * nothing else looks back on it. `settle` is still to come.
 */
export function enterCounts(windows: Windows, row: Int32Array): void {
  const { plan, places, departures } = windows
  places.newest++
  departures.newest++
  for (let each = 0; each < plan.countChannels.length; each++) {
    const channel = plan.countChannels[each] ?? 0
    enter(places, channel, row[channel] ?? missing)
  }
  lengthen(windows, row)
}

/** Takes in a slot's places, of which no departure counts any more. `settle` is still to come. */
export function enterPlaces(windows: Windows, row: Int32Array): void {
  windows.places.newest++
  windows.departures.newest++
  enterRow(windows, row)
}

function enterRow(windows: Windows, row: Int32Array): void {
  for (let channel = 0; channel < row.length; channel++) {
    enter(windows.places, channel, row[channel] ?? missing)
  }
  lengthen(windows, row)
}

/** Enters how long each metric has been silent. */
function lengthen(windows: Windows, row: Int32Array): void {
  const { silenceChannels } = windows.plan
  for (let index = 0; index < silenceChannels.length; index++) {
    const channel = silenceChannels[index] ?? -1
    if (channel < 0 || row[channel] !== 1) continue
    enter(windows.places, channel, silenceUpTo(windows, channel))
  }
}

/**
 * Length of the silence that goes on in the newest slot, in places. Slots without a value count, up to an hour of them:
 * after more of them nobody knows.
 */
function silenceUpTo({ plan, places }: Windows, channel: number): number {
  const most = slotsOf('hour', plan.slotMs)
  for (let ago = 1; ago <= most; ago++) {
    const before = placeAgo(places, channel, ago)
    if (before !== missing) return Math.min(before + ago * placeUnit, plan.longestSilence)
  }
  return placeUnit
}

/** As if the newest slot had had this entry of a row in a channel. */
export function retry(windows: Windows, channel: number, entry: number): void {
  const { plan, places, departures } = windows
  const isSilent = entry === 1 && plan.silenceChannels.includes(channel)
  const place = isSilent ? silenceUpTo(windows, channel) : entry
  plan.sources.forEach((source, departure) => {
    if (source.channel !== channel) return
    const before = meanPlaceBefore(places, channel, source.sum)
    const departed = place !== missing && before !== missing
    const size = departed ? Math.abs(place - before) : missing
    replaceNewest(departures, departure, size)
    raisePeak(windows, departure, size)
  })
  replaceNewest(places, channel, place)
}

/** A departure that is missing is below all. */
function raisePeak({ peaks }: Windows, departure: number, size: number): void {
  if (size > (peaks[departure] ?? 0)) peaks[departure] = size
}
