import type { JournalHead, JournalVerification } from '../../contract/model/journal.ts'
import { hashOf, noHash, type JournalRow } from './chain.ts'
import { checkpointOf, isSignatureGood, parsedJson, type Checkpoint } from './checkpoint.ts'
import { headFileName } from './head-file.ts'
import { headFinding } from './head-finding.ts'

/** What the journal is checked against. */
export interface Expectation {
  /** As it is outside the database; null where it is missing. */
  head: Checkpoint | null
  /** Public keys whose signatures count; null where nobody knows one: then that of the head. */
  keys: readonly string[] | null
  /** An entry that somebody noted down. */
  noted?: JournalHead | undefined
}

interface Verifier {
  /** Takes the entries in the order of their numbers. */
  take(row: JournalRow): void
  conclude(): JournalVerification
}

/** How far it has been read, and what was found. */
interface Reading extends Expectation {
  keys: readonly string[]
  entries: number
  last: { sequence: number; hash: string }
  /** Number of the last checkpoint, by whatever key. */
  checkpointed: number
  signedThrough: number
  /** Checkpoints one after another by a key that does not count. */
  stranger: { key: string; from: number; to: number } | null
  /** Hashes of the entries that are compared in the end. */
  hashes: Map<number, string>
  findings: string[]
  notices: string[]
}

const mostFindings = 20

const ownWord = `The station's key was not at hand, so signatures were judged by the one in ${headFileName}, which whoever has the data folder may have put there. Check with what \`picket journal key\` once printed: \`--key\`.`

/**
 * Finds every entry that was changed, added, moved or taken away, by the hashes or, where somebody made those fit, by
 * the signatures. It cannot find what was done by whoever has the private key; entries that were not signed yet and
 * were written anew; nor that the database and the head's file together were set back to an earlier state. The last
 * two are found by an entry that was noted down elsewhere.
 */
export function createVerifier(expectation: Expectation): Verifier {
  const reading: Reading = {
    ...expectation,
    keys: expectation.keys ?? (expectation.head ? [expectation.head.key] : []),
    entries: 0,
    last: { sequence: 0, hash: noHash },
    checkpointed: 0,
    signedThrough: 0,
    stranger: null,
    hashes: new Map(),
    findings: [],
    notices: expectation.keys ? [] : [ownWord],
  }
  return {
    take: (row) => takeRow(reading, row),
    conclude: () => concluded(reading),
  }
}

function takeRow(reading: Reading, row: JournalRow): void {
  const { sequence, hash } = row
  checkChain(reading, row)
  if (row.kind === 'checkpoint') takeCheckpoint(reading, row)
  if (row.kind === 'station-started') tellUnsigned(reading, row)
  if (row.kind === 'journal-broken') {
    const { finding } = factsOf(row)
    reading.findings.push(`Entry ${sequence} tells of an earlier start: ${String(finding)}`)
  }
  const { head, noted } = reading
  if (sequence === head?.sequence || sequence === noted?.sequence) {
    reading.hashes.set(sequence, hash)
  }
  reading.last = { sequence, hash }
  reading.entries += 1
}

function checkChain({ last, findings }: Reading, row: JournalRow): void {
  const { sequence } = row
  const expected = last.sequence + 1
  if (sequence < expected) {
    findings.push(`Entry ${sequence} was added: the first entry has the number 1.`)
  } else if (sequence > expected) {
    findings.push(`${entries(expected, sequence - 1)} missing.`)
  } else if (hashOf(row, last.hash) !== row.hash) {
    findings.push(`Entry ${sequence} is not as it was written.`)
  }
}

function takeCheckpoint(reading: Reading, row: JournalRow): void {
  const from = reading.checkpointed + 1
  const { sequence } = row
  const found = checkpointOf(row, reading.last.hash)
  reading.checkpointed = sequence
  if (!found || !isSignatureGood(found)) {
    reading.findings.push(
      `The signature in entry ${sequence} is not good: ${entries(from, sequence)} not as Picket wrote ${from === sequence ? 'it' : 'them'}.`,
    )
    return
  }
  if (!reading.keys.includes(found.key)) return takeStranger(reading, { from, found })
  tellStranger(reading)
  reading.signedThrough = sequence
}

function takeStranger(
  reading: Reading,
  { from, found: { key, sequence } }: { from: number; found: Checkpoint },
): void {
  if (reading.stranger?.key !== key) tellStranger(reading)
  reading.stranger = { key, from: reading.stranger?.from ?? from, to: sequence }
}

function tellStranger(reading: Reading): void {
  const { stranger, findings } = reading
  reading.stranger = null
  if (!stranger) return
  const { key, from, to } = stranger
  findings.push(
    `${entries(from, to)} signed by another key, ${key}. If it was this station's own, check again with \`--key\` for each of the keys.`,
  )
}

/** A crash leaves some entries unsigned until the next start, and so might somebody who adds some. */
function tellUnsigned(reading: Reading, row: JournalRow): void {
  const unsigned = Number(factsOf(row)['unsignedBefore'] ?? 0)
  if (!(unsigned > 0)) return
  const first = row.sequence - unsigned
  reading.notices.push(
    `${entries(first, row.sequence - 1)} signed only when Picket had started again: it had ended without warning.`,
  )
}

function concluded(reading: Reading): JournalVerification {
  const { head, keys, last, checkpointed, findings, notices, noted, hashes } = reading
  tellStranger(reading)
  if (keys.length > 0 && last.sequence > 0 && checkpointed === 0 && !head) {
    findings.push('There is a key, and yet nothing is signed: somebody took the signatures away.')
  }
  const finding = headFinding(head, { last, checkpointed, hashes, keys })
  if (finding) findings.push(finding)
  if (noted && hashes.get(noted.sequence) !== noted.hash) {
    findings.push(`Entry ${noted.sequence} is not the one that was noted down.`)
  }
  // The head's may not have reached the database when the station ended.
  const through = head?.sequence === last.sequence + 1 ? last.sequence : checkpointed
  const unsigned = last.sequence - through
  if (unsigned > 0) {
    notices.push(
      `${unsigned} ${unsigned === 1 ? 'entry' : 'entries'} after the last checkpoint: chained but not yet signed.`,
    )
  }
  return resultOf(reading)
}

function resultOf(reading: Reading): JournalVerification {
  const { entries: count, signedThrough, last, keys, findings, notices } = reading
  const more = findings.length - mostFindings
  const shown = more > 0 ? [...findings.slice(0, mostFindings - 1), `${more + 1} more.`] : findings
  return {
    isSound: findings.length === 0,
    entries: count,
    signedThrough,
    head: count === 0 ? null : last,
    keys: [...keys],
    findings: shown,
    notices: notices.slice(-mostFindings),
  }
}

function factsOf(row: JournalRow): Record<string, unknown> {
  const facts = parsedJson(row.detail)
  return typeof facts === 'object' && facts !== null ? { ...facts } : {}
}

/** `Entry 7 is`, `Entries 7 to 9 are`. */
function entries(from: number, to: number): string {
  return from === to ? `Entry ${from} is` : `Entries ${from} to ${to} are`
}
