import { loadavg } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { untilInterrupted } from '../../src/cli/interrupt.ts'
import { findProgram } from '../support/programs.ts'
import { deviceNames } from './ingest/load.ts'
import { machineFacts } from './ingest/machine.ts'
import { captureMosquitto } from './observe/captured.ts'
import type { Outcome } from './observe/runs.ts'
import { scenes } from './observe/scenes.ts'
import { openStage, type Stage } from './observe/stage.ts'
import { isNothingLost, isRateHeld, tableOf, type Figures } from './observe/table.ts'
import { wholeNumber } from './whole-number.ts'

const failed = 1

/** Whatever happens, the bench ends by itself. */
const mostMs = 15 * 60_000

interface Options {
  seconds: number
  devices: number
  json: boolean
}

/** `npm run bench -- observe`. Resolves with the exit code: 1 where something was lost, or the embedded broker is too slow. */
export async function observe(args: string[]): Promise<number> {
  const options = readOptions(args)
  if (!findProgram('mosquitto')) {
    console.error('The bench needs a real broker: apt-get install mosquitto')
    return failed
  }
  const stage = openStage()
  const patience = pause(mostMs, undefined, { ref: false })
  try {
    const figures = await Promise.race([measureAll(stage, options), patience, untilInterrupted()])
    if (!figures) return failed
    console.log(options.json ? JSON.stringify(figures) : tableOf(figures))
    return isNothingLost(figures) && isRateHeld(figures) ? 0 : failed
  } finally {
    await stage.close()
  }
}

async function measureAll(stage: Stage, { seconds, devices }: Options): Promise<Figures> {
  const [loadBefore = 0] = loadavg()
  const names = deviceNames(devices)
  const captured = await captureMosquitto(stage, names)
  const outcomes: Outcome[] = []
  for (const scene of scenes) {
    const outcome = await scene(stage, { seconds, names, captured })
    // Progress is for people; what a program reads is on standard output.
    console.error(`${outcome.source}: ${Math.round(outcome.station.perSecond)} a second`)
    outcomes.push(outcome)
  }
  return { ...machineFacts(), loadBefore, devices, seconds, outcomes }
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '6' },
      devices: { type: 'string', default: '1000' },
      json: { type: 'boolean', default: false },
    },
  })
  return {
    json: values.json,
    seconds: wholeNumber('seconds', values.seconds, { least: 2, most: 10 }),
    devices: wholeNumber('devices', values.devices, { least: 8, most: 5000 }),
  }
}
