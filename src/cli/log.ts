import { pino } from 'pino'
import type { Log } from '../station/ports.ts'

/** JSON lines on standard error, so that standard output stays for people and results. */
export function createLog(level = 'info'): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2))
}
