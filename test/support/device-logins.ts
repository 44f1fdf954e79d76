import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loginLine } from '../../src/station/ingest/device-logins.ts'

/** A file of logins, each with its own name as password. */
export async function writeLogins(names: readonly string[]): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), 'picket-logins-')), 'logins')
  const lines = await Promise.all(names.map((name) => loginLine(name, name)))
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  return file
}
