import { open, type FileHandle } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { readStalls, watchStalls } from '../ingest/process-load.ts'
import { answerQuestions } from '../ingest/questions.ts'
import { usedByProcess } from './process-tree.ts'
import type { Taken } from './reader.ts'

/** A bare `tail -f`: it cuts what comes into lines, counts them and does nothing else. */
const answers = { start, taken, watchStalls, readStalls }
export type TailAnswers = typeof answers

const lookEveryMs = 200
const chunk = Buffer.alloc(65_536)
let lines = 0
let rest = ''

async function start(file: string): Promise<void> {
  const handle = await open(file, 'r')
  await readOn(handle)
  void follow(handle)
}

async function follow(handle: FileHandle): Promise<never> {
  for (;;) {
    await pause(lookEveryMs)
    await readOn(handle)
  }
}

async function readOn(handle: FileHandle): Promise<void> {
  for (;;) {
    const { bytesRead } = await handle.read(chunk)
    if (bytesRead === 0) return
    const cut = (rest + chunk.toString('utf8', 0, bytesRead)).split('\n')
    rest = cut.pop() ?? ''
    lines += cut.length
  }
}

function taken(): Taken {
  return { count: lines, at: performance.now(), ...usedByProcess() }
}

answerQuestions(answers)
