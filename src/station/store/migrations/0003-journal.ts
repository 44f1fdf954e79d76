import type { Migration } from '../migrate.ts'

/**
 * What was done, by whom. The triggers keep Picket's own mistakes out (the one on INSERT also stops an INSERT OR
 * REPLACE); whoever has the file can drop them, and is found by the hashes.
 */
export const journal = {
  version: 3,
  up(database) {
    database.exec(`
      CREATE TABLE journal (
        sequence INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        by_whom TEXT NOT NULL,
        subject TEXT,
        detail TEXT NOT NULL,
        hash BLOB NOT NULL
      ) STRICT;
      CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
      BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
      CREATE TRIGGER journal_is_not_shortened BEFORE DELETE ON journal
      BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
      CREATE TRIGGER journal_has_no_gap BEFORE INSERT ON journal
      WHEN NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM journal)
      BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
    `)
  },
} satisfies Migration
