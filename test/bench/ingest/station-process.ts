import {
  createAcceleratedClock,
  type AcceleratedClock,
} from '../../../src/demo/accelerated-clock.ts'
import { createFleet } from '../../../src/demo/fleet.ts'
import { simulateHistory, type HistorySlot } from '../../../src/demo/history.ts'
import { HeadlessHost } from '../../../src/server/headless-host.ts'
import { machineClock } from '../../../src/station/host/machine-clock.ts'
import { readSettingsFile } from '../../../src/server/settings-file.ts'
import { createLog } from '../../../src/cli/log.ts'
import { processLoad, readStalls, watchStalls, type Taken } from './process-load.ts'
import { answerQuestions } from './questions.ts'

/** `picket serve --config` with a clock of the bench's choice, that tells what it took and how it stalled. */
const answers = {
  start,
  taken,
  judged,
  openHistory,
  importSlots,
  learn,
  release,
  watchStalls,
  readStalls,
}
export type StationAnswers = typeof answers

let host: HeadlessHost | null = null
let clock: AcceleratedClock | null = null
let history: AsyncIterator<HistorySlot> | null = null

/** Without `accelerated` the station runs on the machine's clock. */
async function start(options: {
  config: string
  accelerated: { startAt: number; speed: number } | null
}): Promise<void> {
  const { startAt, speed } = options.accelerated ?? { startAt: 0, speed: 1 }
  clock = options.accelerated ? createAcceleratedClock(startAt, speed) : null
  host = new HeadlessHost({
    settings: await readSettingsFile(options.config),
    clock: clock ?? machineClock,
    log: createLog('warn'),
    notifier: { alarmChanged: () => undefined, quarantineChanged: () => undefined },
    holder: 'the ingest bench',
  })
  await host.start()
}

function taken(counted: 'messages' | 'reports'): Taken {
  const [source] = station().status().sources
  const count = counted === 'messages' ? source?.messages : source?.reportsAccepted
  return { count: count ?? 0, ...processLoad() }
}

function judged(): { lastSlotAt: number; isTrained: boolean; alarms: number } {
  const { lastDatapointAt, training, alarms } = station().status()
  return {
    lastSlotAt: lastDatapointAt ?? 0,
    isTrained: training.state === 'trained',
    alarms: alarms.active,
  }
}

/** The simulated fleet's days before a slot, for `importSlots`. */
function openHistory(options: { devices: number; days: number; untilSlot: number }): void {
  const fleet = createFleet({ seed: 1, devices: options.devices })
  history = simulateHistory({ ...options, fleet })[Symbol.asyncIterator]()
}

/** Takes so many more slots of the history through the pipeline; returns datapoints a second. */
async function importSlots({ count }: { count: number }): Promise<number> {
  const startedAt = performance.now()
  let datapoints = 0
  await station().importHistory({
    label: 'The bench',
    total: 0,
    slots: nextSlots(count),
    onProgress: ({ done }) => (datapoints = done),
  })
  return (1000 * datapoints) / (performance.now() - startedAt)
}

async function* nextSlots(count: number): AsyncGenerator<HistorySlot, void> {
  for (let taken = 0; taken < count; taken += 1) {
    const next = await history?.next()
    if (!next || next.done) return
    yield next.value
  }
}

async function learn(): Promise<void> {
  await station().trainNow()
}

function release(): void {
  clock?.release()
}

function station() {
  if (!host) throw new Error('the station was not started')
  return host.station
}

answerQuestions(answers)
