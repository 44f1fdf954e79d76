import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { appendToJournal } from '../../../../src/station/journal/append.ts'
import { JournalKeeper } from '../../../../src/station/journal/keeper.ts'
import { listEntries } from '../../../../src/station/journal/list.ts'
import { stationKey } from '../../../../src/station/journal/journal-key.ts'
import { verifyJournal } from '../../../../src/station/journal/verify.ts'
import type { Secrets } from '../../../../src/station/ports.ts'
import { stationSettings } from '../../../../src/station/settings.ts'
import { closeReader, openReader, openStore } from '../../../../src/station/store/open.ts'
import { createQuietLog } from '../../../support/quiet-log.ts'

/** Secrets that live as long as the test, and may be lost. */
export function secretsInMemory(): Secrets & { kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return {
    kept,
    set: async (name, value) => void kept.set(name, value),
    get: async (name) => kept.get(name) ?? null,
    remove: async (name) => void kept.delete(name),
    describe: () => 'In memory.',
  }
}

/** As much of a station as keeps a journal. */
export interface KeptJournal {
  keeper: JournalKeeper
  log: ReturnType<typeof createQuietLog>
  /** Writes down that a source was added. */
  add(id: string): void
  /** Ends without a word, as when the process is killed. */
  crash(): void
  /** Ends as it should. */
  end(): Promise<void>
}

/** Opens the store of a folder and keeps its journal; what was opened is closed after the test. */
export async function startJournal(
  folder: string,
  secrets: Secrets,
  settings: Parameters<typeof stationSettings.parse>[0] & object = {},
): Promise<KeptJournal> {
  const store = openStore({ folder, holder: 'a test' })
  onTestFinished(() => store.close())
  const log = createQuietLog()
  let now = 1_700_000_000_000
  const core = {
    store,
    clock: { now: () => (now += 1000), check: () => null },
    settings: stationSettings.parse({ data: folder, ...settings }),
    ports: { secrets, log },
  }
  // A journal asks nothing else of a station.
  const keeper = new JournalKeeper(
    core as unknown as ConstructorParameters<typeof JournalKeeper>[0],
  )
  await keeper.turn()
  return {
    keeper,
    log,
    add: (id) =>
      void appendToJournal(core, {
        kind: 'source-added',
        by: `${id} added it`,
        subject: id,
        detail: {},
      }),
    crash: () => store.close(),
    async end() {
      await keeper.stop()
      store.close()
    },
  }
}

/** Checks the journal of a folder that nobody has open, as `picket journal verify` does. */
export async function verifiedIn(folder: string, secrets: Secrets) {
  const reader = openReader(join(folder, 'picket.db'))
  try {
    const own = await stationKey(secrets)
    return await verifyJournal(reader, { folder, keys: own === null ? null : [own] })
  } finally {
    closeReader(reader)
  }
}

/** Kinds of the entries, oldest first. */
export function kindsIn(folder: string): string[] {
  const reader = openReader(join(folder, 'picket.db'))
  try {
    const entries = listEntries(reader, { limit: 1000, includeCheckpoints: true })
    return entries.map(({ kind }) => kind).reverse()
  } finally {
    closeReader(reader)
  }
}

/** What somebody does who has the file: the triggers are no hindrance. */
export function tamper(folder: string, sql: string): void {
  const database = new SqliteDatabase(join(folder, 'picket.db'))
  try {
    database.exec(`
      DROP TRIGGER journal_is_not_changed;
      DROP TRIGGER journal_is_not_shortened;
      DROP TRIGGER journal_has_no_gap;
      ${sql}`)
  } finally {
    database.close()
  }
}
