import type { GroupPlan } from './group-plan.ts'
import {
  clear,
  createSliding,
  enter,
  follow,
  meanPlace,
  meanPlaceBefore,
  missing,
  replaceNewest,
  type Sliding,
} from './sliding.ts'

/** A device's places over the last day, and how far each lay from those before it. */
export interface Windows {
  plan: GroupPlan
  places: Sliding
  departures: Sliding
}

export function createWindows(plan: GroupPlan): Windows {
  const { places, departures } = plan
  return { plan, places: createSliding(places), departures: createSliding(departures) }
}

export function clearWindows({ places, departures }: Windows): void {
  clear(places)
  clear(departures)
}

/** Takes in the next slot's places. */
export function advance({ plan, places, departures }: Windows, row: Int32Array): void {
  const { sources } = plan
  places.newest++
  departures.newest++
  for (let departure = 0; departure < sources.length; departure++) {
    const source = sources[departure]
    if (!source) continue
    const place = row[source.channel] ?? missing
    const before = place === missing ? missing : meanPlace(places, source.sum)
    enter(departures, departure, before === missing ? missing : Math.abs(place - before))
  }
  follow(departures, plan.departures.all)
  for (let channel = 0; channel < row.length; channel++) {
    enter(places, channel, row[channel] ?? missing)
  }
  follow(places, plan.places.all)
}

/**
 * Takes in a slot's counts only, for windows that hold no place of any other channel yet: what is so long ago that
 * nothing else looks back on it.
 */
export function advanceCounts({ plan, places, departures }: Windows, row: Int32Array): void {
  places.newest++
  departures.newest++
  for (let each = 0; each < plan.countChannels.length; each++) {
    const channel = plan.countChannels[each] ?? 0
    enter(places, channel, row[channel] ?? missing)
  }
  follow(places, plan.counts)
}

/** As if the newest slot had had this place in a channel. */
export function retry({ plan, places, departures }: Windows, channel: number, place: number): void {
  plan.sources.forEach((source, departure) => {
    if (source.channel !== channel) return
    const before = meanPlaceBefore(places, channel, source.sum)
    const departed = place !== missing && before !== missing
    replaceNewest(departures, departure, departed ? Math.abs(place - before) : missing)
  })
  replaceNewest(places, channel, place)
}
