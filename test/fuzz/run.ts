import { parseArgs } from 'node:util'
import { wholeNumber } from '../bench/whole-number.ts'
import { fuzzBrokerEvents } from './broker-events.fuzz.ts'
import { fuzzIngest } from './ingest.fuzz.ts'
import { fuzzMosquittoLog } from './mosquitto-log.fuzz.ts'

interface FuzzSize {
  /** For each fuzzer. */
  inputs: number
  seed: number
}

/** `npm run fuzz -- [--inputs N] [--seed N]`: each in turn. One that finds something throws, which ends the run. */
const fuzzers: Record<string, (size: FuzzSize) => object> = {
  reports: fuzzIngest,
  logLines: fuzzMosquittoLog,
  brokerEvents: fuzzBrokerEvents,
}

const most = Number.MAX_SAFE_INTEGER
const size = readSize()
for (const [name, fuzz] of Object.entries(fuzzers)) console.log({ name, ...size, ...fuzz(size) })

function readSize(): FuzzSize {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
    },
  })
  return {
    inputs: wholeNumber('inputs', values.inputs, { least: 1, most }),
    seed: wholeNumber('seed', values.seed, { least: 0, most }),
  }
}
