import { z } from 'zod'
import { call } from './call.ts'
import { journalEntry, journalHead, journalKey, journalVerification } from './model/journal.ts'

/** What was done at this station, by whom. */
export const journal = {
  /** Newest first. `before`: only entries with a smaller number. */
  list: call
    .input(
      z.object({
        before: z.number().int().optional(),
        limit: z.number().int().min(1).max(1000).default(200),
        /** The station's signatures, too. */
        includeCheckpoints: z.boolean().default(false),
      }),
    )
    .output(journalEntry.array()),
  /**
   * Reads all of it. `keys`: whose signatures count; absent: the station's own. `noted`: an entry that was noted down
   * elsewhere earlier, which must still be there.
   */
  verify: call
    .input(
      z.object({
        keys: journalKey.array().min(1).max(20).optional(),
        noted: journalHead.optional(),
      }),
    )
    .output(journalVerification),
  /** The station's public key; null while it has none. */
  key: call.output(z.object({ key: journalKey.nullable() })),
}
