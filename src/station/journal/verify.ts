import type { JournalVerification } from '../../contract/model/journal.ts'
import { letOthersRun } from '../intake.ts'
import type { ReadHandle } from '../store/handles.ts'
import { readJournalAfter } from '../store/journal.ts'
import { readHead } from './head-file.ts'
import { createVerifier, type Expectation } from './verifier.ts'

/** Entries read at once: a few milliseconds of work between which others get their turn. */
const pageEntries = 500

/** Before every number that a row can have. */
const beforeAll = -(2 ** 62)

/** Reads the journal of a data folder from its beginning. A station may be writing to it. */
export async function verifyJournal(
  read: ReadHandle,
  { folder, ...expectation }: { folder: string } & Omit<Expectation, 'head'>,
): Promise<JournalVerification> {
  // First: what is written meanwhile is then behind the head, not missing.
  const verifier = createVerifier({ ...expectation, head: readHead(folder) })
  let after = beforeAll
  for (;;) {
    const page = readJournalAfter(read, after, pageEntries)
    for (const row of page) verifier.take(row)
    const last = page.at(-1)
    if (!last) return verifier.conclude()
    after = last.sequence
    await letOthersRun()
  }
}
