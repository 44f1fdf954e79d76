import { parseArgs } from 'node:util'
import { untilInterrupted } from '../../src/cli/interrupt.ts'
import { findProgram } from '../support/programs.ts'
import { measureDays } from './ingest/live-day.ts'
import { deviceNames } from './ingest/load.ts'
import { compareMessages, compareReports } from './ingest/comparison.ts'
import { machineFacts } from './ingest/machine.ts'
import { openStage, type Stage } from './ingest/stage.ts'
import { isNothingLost, tableOf, type Figures } from './ingest/table.ts'

const failed = 1

interface Options {
  seconds: number
  devices: number
  messages: number
  json: boolean
  profile: string | undefined
}

/** `npm run bench -- ingest`. Resolves with the exit code: 1 where a message was lost. */
export async function ingest(args: string[]): Promise<number> {
  const options = readOptions(args)
  if (!findProgram('mosquitto')) {
    console.error('The bench needs a real broker: apt-get install mosquitto')
    return failed
  }
  const stage = await openStage(options.profile)
  try {
    const figures = await Promise.race([measure(stage, options), untilInterrupted()])
    if (!figures) return failed
    console.log(options.json ? JSON.stringify(figures) : tableOf(figures))
    return isNothingLost(figures) ? 0 : failed
  } finally {
    await stage.close()
  }
}

async function measure(stage: Stage, options: Options): Promise<Figures> {
  const { seconds, messages: perSecond } = options
  const devices = deviceNames(options.devices)
  tell('Messages: the station and a bare subscriber in turn')
  const messages = await compareMessages(stage, { seconds, devices, perSecond })
  tell('Reports: the station and a bare subscriber in turn')
  const reports = await compareReports(stage, { seconds, devices })
  tell('Two weeks of history, then live slots on a faster clock')
  const days = await measureDays(stage, options.devices)
  return { ...machineFacts(), options: { ...options }, messages, reports, ...days }
}

/** Progress is for people; what a program reads is on standard output. */
function tell(sentence: string): void {
  console.error(`${sentence} ...`)
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '6' },
      devices: { type: 'string', default: '1000' },
      messages: { type: 'string', default: '150000' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  return {
    ...values,
    profile: values.profile,
    seconds: wholeNumber('seconds', values.seconds, { least: 3, most: 60 }),
    devices: wholeNumber('devices', values.devices, { least: 8, most: 5000 }),
    messages: wholeNumber('messages', values.messages, { least: 1000, most: 300_000 }),
  }
}

/** Bounded, so that a slip of the hand does not fill the machine. */
function wholeNumber(
  name: string,
  text: string,
  { least, most }: { least: number; most: number },
): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new RangeError(`--${name} is a whole number from ${least} to ${most}`)
}
