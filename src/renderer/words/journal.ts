import type { JournalEntry, JournalVerification } from '../../contract/model/journal.ts'
import { formatExact } from './instant.ts'

/** What an entry is, as people say it: `mitigation-acted` is "mitigation acted". */
export function journalKindWords(kind: string): string {
  const words = kind.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The facts of an entry in one line. */
export function journalDetailWords(detail: JournalEntry['detail']): string {
  if (detail === null) return 'cannot be read'
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${factWords(name, value)}`)
    .join('; ')
}

function factWords(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  const isTime = name.endsWith('At') && typeof value === 'number'
  return isTime && isInstant(value) ? formatExact(value, 'utc') : JSON.stringify(value)
}

function isInstant(value: number): boolean {
  return !Number.isNaN(new Date(value).getTime())
}

export function verificationSentence({
  isSound,
  entries,
  signedThrough,
}: Pick<JournalVerification, 'isSound' | 'entries' | 'signedThrough'>): string {
  if (!isSound) return 'Somebody has changed the journal, or it is damaged.'
  return `Sound: all ${entries} entries fit together, signed through number ${signedThrough}.`
}
