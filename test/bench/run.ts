import { ingest } from './ingest.ts'

/** `npm run bench -- <name>`: measures one part of Picket on this machine. */
const benches: Record<string, (args: string[]) => Promise<number>> = { ingest }

const usage = `Usage: npm run bench -- ingest [--seconds N] [--devices N] [--messages N] [--json]

  ingest  what a station takes from a real broker, beside a bare subscriber; bytes on disk; stalls
    --seconds N         length of each load (default 6)
    --devices N         devices that publish (default 1000)
    --messages N        messages offered a second (default 150000)
    --profile FOLDER    writes CPU profiles of the station there
    --json              one line of JSON instead of the table`

const [name = '', ...args] = process.argv.slice(2)
process.exit(await run(name, args))

async function run(name: string, args: string[]): Promise<number> {
  const bench = benches[name]
  if (!bench) return refuse(usage)
  try {
    return await bench(args)
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
