import { slotsPerDay } from '../contract/model/time.ts'
import { at } from './median.ts'

/** Days of a device on which something as far out must have happened to be the fleet's nature. */
const days = 3

/** With fewer days of devices than this, each of them counts. */
const fewestDays = 12

/**
 * Finds the distances that lie further out than on all but a few days of single devices. They are taken for
 * incidents: without this one silent afternoon in the history would hide every later one.
 */
export class RarestDays {
  #days = 0
  #highest: number[] = []
  #lowest: number[] = []

  /** One device's distances; slots ascend. */
  add(slots: Int32Array, distances: Float64Array): void {
    for (let from = 0; from < slots.length;) {
      const to = endOfDay(slots, from)
      this.#addDay(distances.subarray(from, to))
      from = to
    }
  }

  /** Nothing further out than these is believed to be normal. */
  limits(): { highest: number; lowest: number } {
    const rank = this.#days < fewestDays ? 0 : days - 1
    return { highest: at(this.#highest, rank), lowest: -at(this.#lowest, rank) }
  }

  #addDay(distances: Float64Array): void {
    let highest = -Infinity
    let lowest = Infinity
    for (const distance of distances) {
      if (distance > highest) highest = distance
      if (distance < lowest) lowest = distance
    }
    this.#days++
    this.#highest = largest(this.#highest, highest)
    this.#lowest = largest(this.#lowest, -lowest)
  }
}

function endOfDay(slots: Int32Array, from: number): number {
  const day = Math.floor(at(slots, from) / slotsPerDay)
  let to = from
  while (to < slots.length && Math.floor(at(slots, to) / slotsPerDay) === day) to++
  return to
}

function largest(known: readonly number[], next: number): number[] {
  return [...known, next].sort((a, b) => b - a).slice(0, days)
}
