import { createLog } from '../../../src/cli/log.ts'
import { HeadlessHost } from '../../../src/server/headless-host.ts'
import { machineClock } from '../../../src/station/host/machine-clock.ts'
import { readSettingsFile } from '../../../src/server/settings-file.ts'
import { readStalls, watchStalls } from '../ingest/process-load.ts'
import { answerQuestions } from '../ingest/questions.ts'
import { usedByTree } from './process-tree.ts'
import type { Taken } from './reader.ts'

/** `picket serve --config` with one source, that tells what it took and how it stalled. */
const answers = { start, source, taken, watchStalls, readStalls }
export type StationAnswers = typeof answers

let host: HeadlessHost | null = null

async function start(config: string): Promise<void> {
  host = new HeadlessHost({
    settings: await readSettingsFile(config),
    clock: machineClock,
    log: createLog('warn'),
    notifier: { alarmChanged: () => undefined, quarantineChanged: () => undefined },
    holder: 'the observe bench',
  })
  await host.start()
}

function source() {
  const [only] = host?.station.status().sources ?? []
  if (!only) throw new Error('the station has no source')
  return only
}

function taken(): Taken {
  return { count: source().messages, at: performance.now(), ...usedByTree() }
}

answerQuestions(answers)
