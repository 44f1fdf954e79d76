import type SqliteDatabase from 'better-sqlite3'

type Database = SqliteDatabase.Database
type Statement = SqliteDatabase.Statement<unknown[], unknown>

/** A connection that may be read from. Every write handle is one too. */
export interface ReadHandle {
  readonly database: Database
  readonly access: 'read' | 'write'
}

/** The one connection of a station that may write. A read handle is not assignable to it. */
export interface WriteHandle extends ReadHandle {
  readonly access: 'write'
}

const statements = new WeakMap<Database, Map<string, Statement>>()

/**
 * The statement for this SQL, compiled at its first use on this connection and kept with it. `Row` is
 * what the caller's SQL selects.
 */
export function prepared<Row = unknown>(
  handle: ReadHandle,
  sql: string,
): SqliteDatabase.Statement<unknown[], Row> {
  const known = statementsOf(handle.database)
  const statement = known.get(sql) ?? handle.database.prepare(sql)
  known.set(sql, statement)
  // SQLite's rows have no static type; the query beside the call is what vouches for it.
  return statement as SqliteDatabase.Statement<unknown[], Row>
}

function statementsOf(database: Database): Map<string, Statement> {
  const known = statements.get(database)
  if (known) return known
  const fresh = new Map<string, Statement>()
  statements.set(database, fresh)
  return fresh
}
