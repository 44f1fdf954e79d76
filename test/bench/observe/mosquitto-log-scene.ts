import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Feed } from './measure.ts'
import { runBare, runStation, sentMetrics, type Outcome } from './runs.ts'
import type { SceneOptions } from './scenes.ts'
import type { Stage } from './stage.ts'

/** What was not taken yet is in the file, which the seconds bound. */
const linesPerSecond = 400_000

/** Lines of a real Mosquitto, written again and again, faster than it would write them. */
export async function mosquittoLogScene(stage: Stage, options: SceneOptions): Promise<Outcome> {
  const { seconds } = options
  const watched = openLog(stage, options, 'watched.log')
  const source = { kind: 'mosquitto-log', id: 'bench', file: watched.file }
  const station = await stage.startStation(source)
  const run = { feed: watched.feed, seconds, metrics: sentMetrics }
  const measured = await runStation(station, run)
  const tailed = openLog(stage, options, 'tailed.log')
  const tail = stage.start('./tail-process.ts')
  await tail.ask('start', tailed.file)
  const bare = await runBare(tail, tailed.feed, seconds)
  return { source: 'mosquitto-log, file', stream: 'log lines of messages', ...measured, bare }
}

/** A log in which devices have connected, and what goes on writing it. */
function openLog(
  stage: Stage,
  { captured }: SceneOptions,
  name: string,
): { file: string; feed: Feed } {
  const { opening, publishes } = captured
  const file = join(stage.folder, name)
  writeFileSync(file, opening)
  const begun = opening.split('\n').length - 1
  const lines = publishes.length
  const lap = publishes.map((line) => `${line}\n`).join('')
  const writer = stage.start('./log-writer-process.ts')
  async function feed(seconds: number) {
    const log = { file, lap, lines, perSecond: linesPerSecond, seconds }
    const { laps, seconds: took } = await writer.ask('write', log)
    await writer.end()
    const counted = laps * lines
    return { messages: begun + counted, counted, offeredPerSecond: counted / took }
  }
  return { file, feed }
}
