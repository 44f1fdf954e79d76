import { StationError } from '../../contract/errors.ts'
import type { Clock } from '../ports.ts'

/** Real milliseconds before the second attempt and the third. */
const pausesMs = [1000, 4000]

/** Tries again what throws NOTIFICATION_UNSENT, three times in all. Other errors are final. */
export async function withAttempts(clock: Clock, attempt: () => Promise<void>): Promise<void> {
  for (const pauseMs of pausesMs) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof StationError) || error.code !== 'NOTIFICATION_UNSENT') throw error
      await new Promise<void>((resolve) => clock.after(pauseMs * clock.speed, resolve))
    }
  }
  await attempt()
}

/** Longest quote of somebody else's words. */
const mostQuoted = 200

/** Nobody was told, and another attempt may do better. `where`: host and port. */
export function unsent(where: string, error: unknown): StationError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const words = error instanceof Error ? error.message : String(error)
  const cause = [code, words].filter((word) => word !== '').join(' ')
  const sentence = `${where} could not be told: ${JSON.stringify(cause.slice(0, mostQuoted))}. Is it running, and is this its address?`
  return new StationError('NOTIFICATION_UNSENT', sentence)
}

/** `said`: what it answered, quoted. */
export function refused(where: string, said: string, advice: string): StationError {
  const sentence = `${where} refused the notification: ${JSON.stringify(said.slice(0, mostQuoted))}. ${advice}`
  return new StationError('NOTIFICATION_REFUSED', sentence)
}
