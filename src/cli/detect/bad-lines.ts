import { inert } from '../terminal.ts'

/** Why a line is no datapoint. */
export const badReasons = {
  fields: 'wrong number of fields',
  quote: 'a quoted field that does not end',
  name: 'no device or no metric',
  timestamp: 'not a timestamp (ISO 8601 or epoch milliseconds)',
  missing: 'no value',
  number: 'not a number',
  infinite: 'not a finite number',
  order: 'earlier than the line before it of this device and metric',
  long: 'a line too long to be a datapoint',
} as const

export type BadReason = keyof typeof badReasons

export interface BadLines {
  /** `text` is the part that is wrong, or all of the line. */
  note(line: number, reason: BadReason, text: string): void
  total(): number
  byReason(): Partial<Record<BadReason, number>>
}

/** So many are told one by one; the rest is counted. */
const toldLines = 20

const longestText = 60

/** Tells each bad line of a file as it comes, and counts them. */
export function createBadLines(tell: (sentence: string) => void): BadLines {
  const counts = new Map<BadReason, number>()
  let total = 0
  return {
    note(line, reason, text) {
      total += 1
      counts.set(reason, (counts.get(reason) ?? 0) + 1)
      if (total > toldLines) return
      tell(`line ${line}: ${badReasons[reason]}: ${excerptOf(text)}`)
    },
    total: () => total,
    byReason: () => Object.fromEntries(counts),
  }
}

/** What was skipped, in one sentence. */
export function badLinesSentence(badLines: BadLines): string {
  const parts = Object.entries(badLines.byReason()).map(
    ([reason, count]) => `${count} x ${badReasons[reason as BadReason]}`,
  )
  const total = badLines.total()
  return `${total} ${total === 1 ? 'line was' : 'lines were'} skipped: ${parts.join('; ')}.`
}

function excerptOf(text: string): string {
  const start = text.length > longestText ? `${text.slice(0, longestText)}...` : text
  return `"${inert(start)}"`
}
