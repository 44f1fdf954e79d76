import { open } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { answerQuestions } from '../ingest/questions.ts'

/** Writes a log as a broker does that has so many lines a second to write. */
const answers = { write }
export type LogWriterAnswers = typeof answers

const tickMs = 5

/** `lap`: lines that end with a line break, appended as a whole again and again. */
async function write(log: {
  file: string
  lap: string
  lines: number
  perSecond: number
  seconds: number
}): Promise<{ laps: number; seconds: number }> {
  const handle = await open(log.file, 'a')
  const bytes = Buffer.from(log.lap)
  const startedAt = performance.now()
  const elapsed = () => (performance.now() - startedAt) / 1000
  let laps = 0
  while (elapsed() < log.seconds) {
    for (; laps * log.lines < elapsed() * log.perSecond; laps += 1) await handle.appendFile(bytes)
    await pause(tickMs)
  }
  await handle.close()
  return { laps, seconds: elapsed() }
}

answerQuestions(answers)
