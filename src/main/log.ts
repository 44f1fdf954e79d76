import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Log } from '../station/ports.ts'

const largestBytes = 5_000_000

/** JSON lines in a file that this user alone may read; one that has grown large makes room at the next start. */
export function openLog(folder: string): Log {
  const path = join(folder, 'picket.log')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (existsSync(path) && statSync(path).size > largestBytes) renameSync(path, `${path}.1`)
  const timestamp = pino.stdTimeFunctions.isoTime
  return pino({ base: null, timestamp }, pino.destination({ dest: path, mode: 0o600, sync: true }))
}
