import type { Migration } from '../migrate.ts'

/** The first layout. A migration is never changed once released: a new file changes the layout. */
export const first = {
  version: 1,
  up(database) {
    database.exec(catalog)
    database.exec(datapoints)
    database.exec(alarms)
    database.exec(rest)
  },
} satisfies Migration

const catalog = `
  CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  INSERT INTO state VALUES ('store.datapoints', '0');
  CREATE TABLE devices (
    id INTEGER PRIMARY KEY,
    device_id TEXT NOT NULL UNIQUE,
    first_seen_at INTEGER NOT NULL,
    report_state TEXT
  );
  CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    device_row INTEGER NOT NULL REFERENCES devices (id),
    metric_id TEXT NOT NULL,
    UNIQUE (metric_id, device_row)
  );
`

// Slot first: what closes together is written to neighbouring pages. NUMERIC, not REAL: SQLite then keeps a
// whole number in as few bytes as it needs, which halves the rows.
// The key of a block is day * 2^32 + series: days are appended in order, which fills pages to the brim,
// and an old day is one range of keys. A row id rather than a composite key, because its leaves hold
// 4,061 bytes of a row where an index spills over to pages of its own beyond 1,002.
const datapoints = `
  CREATE TABLE recent (
    slot INTEGER NOT NULL,
    series_id INTEGER NOT NULL REFERENCES series (id),
    count NUMERIC NOT NULL,
    sum NUMERIC NOT NULL,
    min NUMERIC NOT NULL,
    max NUMERIC NOT NULL,
    last NUMERIC NOT NULL,
    is_partial INTEGER NOT NULL,
    score NUMERIC NOT NULL DEFAULT 0,
    PRIMARY KEY (slot, series_id)
  ) WITHOUT ROWID;
  CREATE TABLE blocks (
    key INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    count INTEGER NOT NULL,
    data BLOB NOT NULL
  );
  CREATE TABLE gaps (
    id INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    to_at INTEGER NOT NULL,
    reason TEXT NOT NULL
  );
  CREATE INDEX gaps_by_end ON gaps (to_at);
`

const alarms = `
  CREATE TABLE alarm_states (key TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE alarms (
    id TEXT PRIMARY KEY,
    device_id TEXT NOT NULL,
    severity_rank INTEGER NOT NULL,
    is_suppressed INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    body TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX alarms_active ON alarms (severity_rank, started_at DESC) WHERE ended_at IS NULL;
  CREATE INDEX alarms_by_start ON alarms (started_at);
  CREATE INDEX alarms_by_device ON alarms (device_id, started_at);
  CREATE TABLE alarm_events (
    alarm_id TEXT NOT NULL,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    value REAL,
    sentence TEXT NOT NULL,
    PRIMARY KEY (alarm_id, type)
  ) WITHOUT ROWID;
`

const rest = `
  CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    metric_id TEXT NOT NULL,
    trained_at INTEGER NOT NULL,
    from_slot INTEGER NOT NULL,
    to_slot INTEGER NOT NULL,
    datapoints INTEGER NOT NULL,
    bytes BLOB NOT NULL
  );
  CREATE INDEX models_by_metric ON models (metric_id, trained_at);
  CREATE TABLE rejections (
    source_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    last_detail TEXT NOT NULL,
    PRIMARY KEY (source_id, device_id, reason)
  ) WITHOUT ROWID;
`
