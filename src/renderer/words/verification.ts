import type { Alarm, Verification, VerificationState } from '../../contract/model/alarm.ts'
import { basisOf } from './alarm.ts'

/** One mark on offer, with its key. */
export interface Mark {
  state: VerificationState
  key: string
  words: string
  meaning: string
}

/** AWS's four verification states, in the order of their buttons. */
export const marks: readonly Mark[] = [
  {
    state: 'TRUE_POSITIVE',
    key: 't',
    words: 'True positive',
    meaning: 'A real threat or fault.',
  },
  {
    state: 'BENIGN_POSITIVE',
    key: 'b',
    words: 'Benign positive',
    meaning: 'Rightly told, but harmless: maintenance, a test.',
  },
  {
    state: 'FALSE_POSITIVE',
    key: 'f',
    words: 'False positive',
    meaning: 'Normal for this device.',
  },
  {
    state: 'UNKNOWN',
    key: 'u',
    words: 'Unknown',
    meaning: 'Not found out.',
  },
]

/** "Marked as false positive", or that nobody has looked. */
export function markWords({ state, note }: Verification): string {
  if (state === 'UNKNOWN') return note === '' ? 'Not marked yet' : 'Noted, not marked'
  return `Marked as ${markOf(state).words.toLowerCase()}`
}

/** What marking this alarm changes. */
export function effectWords(alarm: Alarm): string {
  const basis = basisOf(alarm)
  if (basis === 'limit')
    return 'A mark is kept for the record: a fixed limit learns nothing. Change the limit in the profile instead.'
  if (basis === 'shift')
    return 'A mark is kept for the record: the new level is learned at the next training either way.'
  if (basis === 'together')
    return 'A mark is kept for the record: learning goes by single metrics, so mark those of their alarms that were false.'
  return 'False positives are learned from at the next training. The datapoints of all other alarms are kept out of it.'
}

function markOf(state: VerificationState): Mark {
  const found = marks.find((mark) => mark.state === state)
  if (!found) throw new Error(`no words for ${state}`)
  return found
}
