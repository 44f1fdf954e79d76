import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { machineFacts } from './ingest/machine.ts'
import { machineLine, markdownTable } from './scoring/report.ts'
import { inWorkplace, tell, type Workplace } from './scoring/stage.ts'
import { fleetStore, type FleetStore } from './train/fleet-store.ts'
import { wholeNumber } from './whole-number.ts'

const failed = 1
const mostMicroseconds = 1
const mostGigabytes = 1.5
const aimTimesReading = 3

interface Job {
  /** Those of metrics with too few left out. */
  datapoints: number
  tookMs: number
  /** Of all threads, those that collect garbage or read ahead included. */
  cpuMs: number
  peakBytes: number
  modelBytes: number
}

interface Figures {
  devices: number
  datapoints: number
  read: Job
  train: Job
}

/** `npm run bench -- train`. Resolves with the exit code: 1 over 1 us a datapoint or 1.5 GB. */
export async function train(args: string[]): Promise<number> {
  const { devices, store, json } = readOptions(args)
  const figures = await inWorkplace(async (place) => {
    const made = fleetStore(store ?? place.folder, devices, tell)
    tell('Reading, then training, each in a process of its own ...')
    // The first reading brings the file into memory, so that both jobs find it there.
    await run('read', made, place)
    const read = await run('read', made, place)
    return { devices, datapoints: made.datapoints, read, train: await run('train', made, place) }
  })
  if (!figures) return failed
  console.log(json ? JSON.stringify({ ...machineFacts(), ...figures }) : tableOf(figures))
  const { datapoints, train: job } = figures
  const isFast = microseconds(job, datapoints) <= mostMicroseconds
  return isFast && job.peakBytes <= mostGigabytes * 2 ** 30 ? 0 : failed
}

const program = fileURLToPath(new URL('train/training-process.ts', import.meta.url))

async function run(
  job: 'read' | 'train',
  { path, fromSlot, toSlot }: FleetStore,
  { signal }: Workplace,
): Promise<Job> {
  const args = [program, job, path, String(fromSlot), String(toSlot)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { signal })
  return JSON.parse(stdout) as Job
}

function microseconds({ tookMs }: Job, datapoints: number): number {
  return (1000 * tookMs) / datapoints
}

function tableOf({ devices, datapoints, read, train: job }: Figures): string {
  const row = (name: string, one: Job) => [
    name,
    microseconds(one, datapoints).toFixed(2),
    (one.tookMs / 1000).toFixed(1),
    (one.cpuMs / 1000).toFixed(1),
    (one.peakBytes / 2 ** 30).toFixed(2),
  ]
  const rows = [
    [`${devices} devices x 13 metrics x 14 days`, 'us a datapoint', 'seconds', 'of CPU', 'peak GB'],
    row('train from the store', job),
    ['  floor', mostMicroseconds.toFixed(2), '', '', mostGigabytes.toFixed(2)],
    row('read the same histories', read),
  ]
  const ratio = (job.tookMs / read.tookMs).toFixed(1)
  const notes = `${datapoints.toLocaleString('en')} datapoints; training / reading ${ratio}, aim ${aimTimesReading}; model ${(job.modelBytes / 2 ** 20).toFixed(1)} MB`
  return [markdownTable(rows), notes, machineLine()].join('\n\n')
}

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      devices: { type: 'string', default: '1000' },
      store: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const devices = wholeNumber('devices', values.devices, { least: 8, most: 10_000 })
  return { devices, store: values.store, json: values.json }
}
