import { confidenceScore } from '../confidence.ts'
import { recall, type DeviceMemory } from './device-memory.ts'
import { newsSlots } from './group-plan.ts'
import { createHeads, sumUp, type Heads } from './heads.ts'
import { fill, readingOf, slide, type Judging, type Occasion } from './judging.ts'
import { parameters } from './parameters.ts'
import { claimScores, haveReached, recallScores } from './recent-scores.ts'

const { datapoints, told } = parameters.news

/** Strangeness is told by whole decades, and nothing is stranger than HIGH. */
function levelOf(score: number): number {
  return Math.floor(Math.min(score, confidenceScore.HIGH))
}

/**
 * Whether the last while holds so many datapoints of the metric at this level that this one is not news any more. Of a
 * device that the model does not know everything is.
 */
export function isTold(
  judging: Judging,
  { memory, slot, seat }: Occasion,
  { index, score }: { index: number; score: number },
): boolean {
  if (seat.isNew[index] === 1) return false
  const from = slot - newsSlots(judging.model.slotMs)
  lookBack(judging, memory, { from, to: slot })
  return haveReached(memory.recent, index, { from, to: slot, level: levelOf(score), datapoints })
}

/** Works out what is not known of these slots: after a start, or where a datapoint came late. */
function lookBack(
  judging: Judging,
  memory: DeviceMemory,
  { from, to }: { from: number; to: number },
): void {
  if (memory.recent.readyFor === to) return
  memory.recent.readyFor = to
  const unknown = firstUnknown(memory, from, to)
  if (unknown === to) return
  const { past } = judging
  const heads = createHeads()
  fill(judging, memory, { windows: past, slot: unknown })
  scoreSlot(judging, memory, { slot: unknown, heads })
  for (let next = unknown + 1; next < to; next++) {
    slide(judging, memory, { windows: past, slot: next })
    if (recallScores(memory.recent, next) < 0) scoreSlot(judging, memory, { slot: next, heads })
  }
}

function firstUnknown(memory: DeviceMemory, first: number, end: number): number {
  for (let slot = first; slot < end; slot++) {
    if (recall(memory, slot) >= 0 && recallScores(memory.recent, slot) < 0) return slot
  }
  return end
}

/** Where the device is new and moves, what it was at a slot that is past is left open. */
function scoreSlot(
  judging: Judging,
  memory: DeviceMemory,
  { slot, heads }: { slot: number; heads: Heads },
): void {
  const from = recall(memory, slot)
  if (from < 0) return
  const { seat, recent } = memory
  const into = claimScores(recent, slot)
  for (let index = 0; index < judging.metrics.length; index++) {
    const metric = judging.metrics[index]
    const measure = memory.measures[from + index] ?? NaN
    recent.scores[into + index] = seat.isNew[index] === 1 ? NaN : 0
    if (!metric || measure !== measure || seat.isNew[index] === 1) continue
    sumUp(heads, metric, readingOf(judging, { windows: judging.past, memory }, index))
    recent.scores[into + index] = heads.score
  }
}

/**
 * The same of a row of scores in a row of slots; NaN where there is no datapoint. What is no news is marked with 1.
 */
export function toldAmong(scores: Float32Array, slotMs: number): Uint8Array {
  const marks = new Uint8Array(scores.length)
  const slots = newsSlots(slotMs)
  const strange: number[] = []
  for (let slot = 0; slot < scores.length; slot++) {
    const score = scores[slot] ?? 0
    if (!(score >= told)) continue
    while ((strange[0] ?? slot) < slot - slots) strange.shift()
    const level = levelOf(score)
    const before = strange.filter((at) => (scores[at] ?? 0) >= level)
    if (before.length >= datapoints) marks[slot] = 1
    strange.push(slot)
  }
  return marks
}
