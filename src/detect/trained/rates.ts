import type { DeviceCells } from './device-cells.ts'
import { emptyTable } from './device-table.ts'
import { wholeOver, type FitRange } from './fit-range.ts'
import type { GatheredHistory } from './gathered-history.ts'
import type { DeviceTable } from './model.ts'
import { parameters } from './parameters.ts'

interface Counted {
  deviceId: string
  events: number
  slots: number
}

/**
 * Events a slot of each device: a Gamma prior from how the devices' rates scatter, by moments, and the device's own
 * count on top (Gelman et al., Bayesian Data Analysis, section 2.6).
 */
export function fitRates(fitting: { history: GatheredHistory; metric: number; range: FitRange }): {
  devices: DeviceTable
  admit(device: DeviceCells): void
} {
  const { history, metric, range } = fitting
  const counted = history.kept.map((device) => countEvents(device, metric, range))
  const prior = priorOf(counted.filter(({ slots }) => slots > 0))
  const table = emptyTable(history.deviceIds)
  const whole = wholeOver(range, history)
  table.levels.fill(rateOf(prior, { events: 0, slots: 0 }))
  for (const each of counted) write(each)
  return { devices: table, admit: (device) => write(countEvents(device, metric, range)) }

  function write(each: Counted): void {
    const row = table.rows.get(each.deviceId) ?? 0
    table.datapoints[row] = each.slots * whole
    table.levels[row] = rateOf(prior, each)
  }
}

interface Prior {
  events: number
  slots: number
}

function rateOf(prior: Prior, { events, slots }: Prior): number {
  return Math.max(parameters.rate.smallest, (prior.events + events) / (prior.slots + slots))
}

function priorOf(counted: readonly Counted[]): Prior {
  const slots = counted.reduce((sum, each) => sum + each.slots, 0)
  const events = counted.reduce((sum, each) => sum + each.events, 0)
  const mean = Math.max(events, parameters.rate.fewestEvents) / Math.max(1, slots)
  const squares = counted.reduce((sum, each) => sum + (each.events / each.slots - mean) ** 2, 0)
  const typical = slots / Math.max(1, counted.length)
  // What a Poisson count scatters by itself is not a difference between devices.
  const variance = squares / Math.max(1, counted.length - 1) - mean / Math.max(1, typical)
  const mostSlots = parameters.rate.mostPriorSlots
  const priorSlots = variance > 0 ? Math.min(mean / variance, mostSlots) : mostSlots
  return { events: mean * priorSlots, slots: priorSlots }
}

function countEvents(device: DeviceCells, metric: number, range: FitRange): Counted {
  let events = 0
  let slots = 0
  for (let row = 0; row < device.slots; row++) {
    const slot = device.fromSlot + row
    if (slot >= range.heldFrom && slot < range.heldTo) continue
    const count = device.cells[row * device.metrics + metric] ?? NaN
    if (count !== count) continue
    events += count
    slots++
  }
  return { deviceId: device.deviceId, events, slots }
}
