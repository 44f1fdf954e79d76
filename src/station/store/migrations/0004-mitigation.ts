import type { Migration } from '../migrate.ts'

/** Devices off the network, what was done about them, and AWS's mitigation actions and tasks. */
export const mitigation = {
  version: 4,
  up(database) {
    database.exec(isolations)
    database.exec(people)
    database.exec(tasks)
  },
} satisfies Migration

const isolations = `
  CREATE TABLE isolations (
    id TEXT PRIMARY KEY,
    device_id TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    body TEXT NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE UNIQUE INDEX one_isolation_of_a_device ON isolations (device_id)
    WHERE ended_at IS NULL;
  CREATE INDEX isolations_by_start ON isolations (started_at);
  CREATE TABLE isolation_events (
    id INTEGER PRIMARY KEY,
    isolation_id TEXT NOT NULL REFERENCES isolations (id),
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX isolation_events_by_isolation ON isolation_events (isolation_id);
`

const people = `
  CREATE TABLE protections (
    device_id TEXT PRIMARY KEY,
    protection TEXT NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE approvers (person TEXT PRIMARY KEY) WITHOUT ROWID, STRICT;
`

const tasks = `
  CREATE TABLE mitigation_actions (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE mitigation_tasks (
    task_id TEXT PRIMARY KEY,
    is_running INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    body TEXT NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX mitigation_tasks_by_start ON mitigation_tasks (started_at);
  CREATE TABLE mitigation_executions (
    id INTEGER PRIMARY KEY,
    task_id TEXT NOT NULL,
    violation_id TEXT,
    device_id TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX mitigation_executions_by_task ON mitigation_executions (task_id, violation_id);
  CREATE INDEX mitigation_executions_by_start ON mitigation_executions (started_at);
`
