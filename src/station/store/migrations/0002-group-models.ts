import type { Migration } from '../migrate.ts'

/** A model of the whole group of devices in place of one a metric, reasons with alarms, people's marks on them. */
export const groupModels = {
  version: 2,
  up(database) {
    database.exec(`
      UPDATE alarms SET body = json_set(body, '$.explanation', NULL);
      UPDATE alarm_states SET state = json_set(state, '$.alarm.explanation', NULL)
       WHERE json_type(state, '$.alarm') = 'object';
      DROP TABLE models;
      CREATE TABLE models (
        id INTEGER PRIMARY KEY,
        trained_at INTEGER NOT NULL,
        summary TEXT NOT NULL,
        bytes BLOB NOT NULL
      );
      CREATE INDEX models_by_time ON models (trained_at);
      CREATE TABLE verifications (
        alarm_id TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        note TEXT NOT NULL,
        at INTEGER NOT NULL
      ) WITHOUT ROWID;
    `)
  },
} satisfies Migration
