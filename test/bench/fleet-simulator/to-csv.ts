import { once } from 'node:events'
import { createWriteStream, writeFileSync } from 'node:fs'
import { finished } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { createGzip } from 'node:zlib'
import {
  attackKinds,
  listDevices,
  metricNames,
  planAttacks,
  simulateSlots,
  slotMs,
  type FleetOptions,
  type FleetSlot,
} from './index.ts'
import { createFleet } from './fleet.ts'

/**
 * `node test/bench/fleet-simulator/to-csv.ts --seed 1 --devices 60 --days 17 --attack-from-day 14
 * --out FILE.csv.gz --labels FILE.json`: `timestamp,device,metric,value` in time order, the timestamp
 * being the slot's beginning in epoch ms. A missing datapoint has no row. Without `.gz`, plain text.
 */
const { values: given } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    devices: { type: 'string', default: '60' },
    days: { type: 'string', default: '17' },
    'attack-from-day': { type: 'string' },
    'per-kind': { type: 'string' },
    'incident-rate': { type: 'string', default: '1' },
    out: { type: 'string' },
    labels: { type: 'string' },
  },
})

await main()

async function main(): Promise<void> {
  const { out, labels } = given
  if (out === undefined) throw new Error('Give --out FILE.csv or FILE.csv.gz')
  const fleet = readFleet()
  const rows = await writeRows(fleet, out)
  if (labels !== undefined) writeFileSync(labels, JSON.stringify(truthOf(fleet), null, 1))
  console.error(`${rows} rows, ${fleet.attacks?.length ?? 0} attacks`)
}

function readFleet(): FleetOptions {
  const fleet = {
    seed: Number(given.seed),
    devices: Number(given.devices),
    days: Number(given.days),
    incidentRate: Number(given['incident-rate']),
  }
  if (given['attack-from-day'] === undefined) return fleet
  const fromDay = Number(given['attack-from-day'])
  // By default about half of the fleet is attacked.
  const half = Math.floor(fleet.devices / 2 / attackKinds.length)
  const perKind = Number(given['per-kind'] ?? Math.max(1, half))
  const newcomerFromDay = Math.max(0, fromDay - 1)
  const attacks = planAttacks({ ...fleet, newcomerFromDay, fromDay, perKind })
  return { ...fleet, newcomerFromDay, attacks }
}

async function writeRows(fleet: FleetOptions, path: string): Promise<number> {
  const file = createWriteStream(path)
  const sink = path.endsWith('.gz') ? createGzip({ level: 4 }) : file
  if (sink !== file) sink.pipe(file)
  let rows = 0
  sink.write('timestamp,device,metric,value\n')
  for (const slot of simulateSlots(fleet)) {
    const lines = linesOf(slot)
    rows += lines.length
    if (lines.length > 0 && !sink.write(lines.join(''))) await once(sink, 'drain')
  }
  sink.end()
  await finished(file)
  return rows
}

function linesOf({ at, devices, values }: FleetSlot): string[] {
  return devices.flatMap(({ deviceId }, index) =>
    metricNames.flatMap((metric, place) => {
      const value = values[index * metricNames.length + place] ?? Number.NaN
      // Half a thousandth of a byte is of no use to anybody.
      const short = Math.round(value * 1_000) / 1_000
      return Number.isNaN(value) ? [] : [`${at},${deviceId},${metric},${short}\n`]
    }),
  )
}

function truthOf(fleet: FleetOptions) {
  const { startAt } = createFleet(fleet)
  const at = (slot: number) => startAt + slot * slotMs
  const attacks = (fleet.attacks ?? []).map((label) => ({
    ...label,
    fromAt: at(label.fromSlot),
    toAt: at(label.toSlot),
  }))
  return { seed: fleet.seed, startAt, slotMs, devices: listDevices(fleet), attacks }
}
