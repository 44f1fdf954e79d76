import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'

/** Creates an empty file only its owner may read; takes others' rights away from one that exists. */
export function createPrivateFile(file: string): void {
  if (existsSync(file)) chmodSync(file, 0o600)
  else closeSync(openSync(file, 'wx', 0o600))
}

/** The file SQLite keeps beside a database for what was written since the last checkpoint. */
export function walOf(file: string): string {
  return `${file}-wal`
}
