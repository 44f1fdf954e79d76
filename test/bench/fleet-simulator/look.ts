import { parseArgs } from 'node:util'
import {
  deviceClassNames,
  metricNames,
  planAttacks,
  simulateFleet,
  type DeviceHistory,
} from './index.ts'
import { slotsPerDay } from './metrics.ts'

/**
 * `node test/bench/fleet-simulator/look.ts --seed 1 --from-day 0 --days 3`: one device of each class,
 * a metric a line, to see whether it is to be believed. With `--attack KIND`, devices under it.
 */
const bars = '▁▂▃▄▅▆▇█'
const slotsPerBar = 9

const { values: given } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    'from-day': { type: 'string', default: '1' },
    days: { type: 'string', default: '3' },
    attack: { type: 'string' },
  },
})

const fleet = { seed: Number(given.seed), devices: 60, days: 17 }
const from = Number(given['from-day']) * slotsPerDay
const to = from + Number(given.days) * slotsPerDay
const attacks = planAttacks({ ...fleet, fromDay: 14, perKind: 2 })
const wanted = attacks.filter(({ kind }) => kind === given.attack).map(({ deviceId }) => deviceId)
const left = new Set<string>(given.attack === undefined ? deviceClassNames : wanted)

for (const history of simulateFleet({ ...fleet, attacks: given.attack ? attacks : [] })) {
  const name = given.attack === undefined ? history.deviceClass : history.deviceId
  if (left.delete(name)) show(history)
}

function show(history: DeviceHistory): void {
  const { deviceId, site, labels, events } = history
  console.log(`\n${deviceId} at ${site}`)
  for (const label of labels) console.log(`  ${JSON.stringify(label)}`)
  for (const event of events) {
    if (event.slot >= from && event.slot < to) console.log(`  slot ${event.slot}: ${event.kind}`)
  }
  for (const metric of metricNames) {
    const values = history.values[metric].subarray(from, to)
    console.log(`${metric.slice(4).padEnd(31)} ${sparkline(values)} ${summary(values)}`)
  }
}

function sparkline(values: Float64Array): string {
  const means: number[] = []
  for (let slot = 0; slot < values.length; slot += slotsPerBar) {
    const there = values.subarray(slot, slot + slotsPerBar).filter((value) => !Number.isNaN(value))
    means.push(there.reduce((sum, value) => sum + value, 0) / there.length)
  }
  const known = means.filter((mean) => !Number.isNaN(mean))
  const least = Math.min(...known)
  const span = Math.max(...known) - least
  return means.map((mean) => barOf((mean - least) / (span || 1))).join('')
}

function barOf(share: number): string {
  return Number.isNaN(share) ? ' ' : (bars[Math.min(7, Math.floor(share * 8))] ?? ' ')
}

function summary(values: Float64Array): string {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
  return `${at(0)} | ${at(0.5)} | ${at(0.99)} | ${at(1)}, missing ${values.length - sorted.length}`
}
