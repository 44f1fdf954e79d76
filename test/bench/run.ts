import { asd } from './asd.ts'
import { calibration } from './calibration.ts'
import { fleet } from './fleet.ts'
import { ingest } from './ingest.ts'
import { nab } from './nab.ts'
import { observe } from './observe.ts'
import { score } from './score.ts'
import { train } from './train.ts'

interface Bench {
  /** Resolves with the exit code. */
  measure: (args: string[]) => Promise<number>
  /** What it measures, then a line an option. */
  help: string[]
}

/** `npm run bench -- <name>`: measures one part of Picket on this machine. */
const benches: Record<string, Bench> = {
  ingest: {
    measure: ingest,
    help: [
      'what a station takes from a real broker, beside a bare subscriber; bytes on disk; stalls',
      '--seconds N         length of each load (default 6)',
      '--devices N         devices that publish (default 1000)',
      '--messages N        messages offered a second (default 150000)',
      '--profile FOLDER    writes CPU profiles of the station there',
    ],
  },
  observe: {
    measure: observe,
    help: [
      'what each source takes, beside a bare reader; exit 1 on a loss, or below 20,000/s embedded',
      '--seconds N         length of each load (default 6)',
      '--devices N         devices (default 1000)',
    ],
  },
  nab: {
    measure: nab,
    help: [
      'detection on series of the Numenta Anomaly Benchmark, scored as it scores; exit 1 below 67',
      '--data FOLDER       laid out as NAB, with published results and expected.json',
    ],
  },
  asd: {
    measure: asd,
    help: [
      'detection on servers of the ASD data set: VUS-PR and AUC-PR; exit 1 below 0.70 or 0.52',
      '--data FOLDER       <server>.csv.gz beside <server>.labels.csv',
    ],
  },
  fleet: {
    measure: fleet,
    help: [
      'attacks on a simulated fleet: how many are found and when, and false alarms; exit 1 below the floor',
      '--devices N         devices of a fleet (default 240)',
      '--seeds N           fleets, one after the other (default 3)',
      '--first-seed N      seed of the first (default 11; 1 to 3 are for development)',
      '--per-kind N        devices under each kind of attack (default 8)',
      '--kinds A,B,C       only these attacks',
      '--learned N         days of history before (default 14; the first is a Monday)',
      '--days N            days judged after them (default 4)',
      '--plain             a fleet without updates, holidays and maintenance, as the prototypes had it',
      '--missed FILE       writes every attack that did not reach every level, as JSON',
      '--alarms FILE       writes every false alarm and what happened to the device before it, as JSON',
    ],
  },
  calibration: {
    measure: calibration,
    help: [
      'how often clean datapoints of each device class reach a score; exit 1 where surely more often than said',
      '--devices N         devices of a fleet (default 240)',
      '--seeds N           fleets, one after the other (default 3)',
      '--first-seed N      seed of the first (default 11; 1 to 3 are for development)',
      '--days N            days judged after 14 learned, with a training a day (default 5)',
      '--incidents N       scales reboots, rollouts, outages, gaps and logins (default 1)',
    ],
  },
  train: {
    measure: train,
    help: [
      "training from a station's database, and merely reading it; exit 1 over 1 us or 1.5 GB",
      '--devices N         devices with 13 metrics and 14 days (default 1000)',
      '--store FOLDER      makes the database there, or takes the one an earlier run made',
    ],
  },
  score: {
    measure: score,
    help: [
      'live scoring with features, and explanations of alarms; exit 1 over 2 us a datapoint',
      '--devices N         devices with 13 metrics (default 1000)',
    ],
  },
}

const usage = [
  'Usage: npm run bench -- NAME [OPTION...] [--json]',
  ...Object.entries(benches).map(
    ([name, { help }]) => `  ${name.padEnd(12)}${help.join('\n    ')}`,
  ),
  '  --json                one line of JSON instead of the table',
].join('\n\n')

const [name = '', ...args] = process.argv.slice(2)
process.exit(await run(name, args))

async function run(name: string, args: string[]): Promise<number> {
  const bench = benches[name]
  if (!bench) return refuse(usage)
  try {
    return await bench.measure(args)
  } catch (error) {
    // A wrong option is a person's slip; anything else is a defect and its stack helps to find it.
    const isSlip = error instanceof RangeError || (error instanceof TypeError && 'code' in error)
    return refuse(isSlip ? `${error.message}\n\n${usage}` : error)
  }
}

function refuse(why: unknown): number {
  console.error(why)
  return 2
}
